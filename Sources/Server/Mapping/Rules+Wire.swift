import Model
import PackagingMessages

extension PackagingMessages.PlatformRules {
    init(_ model: Model.PlatformRules) {
        self.init(
            platformID: model.platform.rawValue,
            name: model.name,
            packageFormat: model.format.rawValue,
            audioSpec: PackagingMessages.AudioSpec(model.audio),
            rules: model.rules.map { rule in
                PackagingMessages.Rule(
                    id: rule.id,
                    description: rule.description,
                    value: Scalar(rule.value),
                    source: rule.source,
                    date: rule.date
                )
            }
        )
    }
}

extension Scalar {
    init(_ model: RuleValue) {
        switch model {
        case .text(let text): self.init(value: .text(text))
        case .number(let number): self.init(value: .number(number))
        }
    }
}
