import Model
import Platforms
import Testing

@Suite("Rule packs")
struct RulePackTests {
    @Test("the rule packs hold each platform's formats, bit rates, covers and limits")
    func numbers() {
        #expect(RulePack.all.map(\.platform) == Platform.allCases)
        let specs = RulePack.all.map { "\($0.audio.value.codec) \($0.audio.value.bitRateText)" }
        #expect(specs == ["aac 128k", "mp3 256k", "mp3 256k", "mp3 192k", "mp3 192k"])
        #expect(RulePack.all.allSatisfy { $0.audio.value.sampleRate == 44_100 && $0.audio.value.channels == 1 })
        #expect(RulePack.all.map(\.packageFormat.value) == [.m4b, .zipMP3, .zipMP3, .zipMP3, .epub3])
        #expect(RulePack.all.prefix(4).map(\.coverMinimum.value) == [1400, 3000, 3000, 2400])
        #expect(RulePack.pack(for: .spotify).maximumFileSeconds?.value == 7200)
        #expect(RulePack.pack(for: .kobo).maximumPackageBytes?.value == 200_000_000)
        #expect(RulePack.pack(for: .acx).levels?.value.rms == -23 ... -18)
        #expect(RulePack.pack(for: .acx).levels?.value.maximumPeak == -3)
        #expect(RulePack.pack(for: .acx).levels?.value.maximumNoiseFloor == -60)
    }

    @Test("every rule has a source and a date, and a name of its own", arguments: RulePack.all)
    func sources(pack: RulePack) {
        #expect(Set(pack.rules.map(\.id)).count == pack.rules.count)
        for rule in pack.rules {
            #expect(!rule.source.isEmpty && !rule.description.isEmpty, "\(rule.id)")
            #expect(rule.date.wholeMatch(of: /20\d\d-\d\d-\d\d/) != nil, "\(rule.id)")
        }
    }

    @Test("a book's own bit rate replaces the pack's, within bounds that calculations can handle")
    func override() {
        let settings = PackagingSettings(overrides: [.apple: .init(bitRate: 192_000), .acx: .init(bitRate: -5)])
        #expect(RulePack.pack(for: .apple).audioSpec(for: settings).bitRate == 192_000)
        #expect(RulePack.pack(for: .acx).audioSpec(for: settings).bitRate == 1000)
        #expect(RulePack.pack(for: .google).audioSpec(for: settings).bitRate == 256_000)
    }

    @Test("every platform accepts the default room tone of a book, and at the end of a file up to 5 s")
    func roomTone() {
        let acx = RulePack.pack(for: .acx).roomTone?.value
        #expect(acx?.head == 0.5...1)
        #expect(acx?.tail == 1...5)
        #expect(RulePack.longestRoomTone == 5)
        for pack in RulePack.all {
            guard let roomTone = pack.roomTone?.value else { continue }
            #expect(roomTone.head.contains(UsualRoomTone.headSeconds), "\(pack.name)")
            #expect(roomTone.tail.contains(UsualRoomTone.tailSeconds), "\(pack.name)")
        }
    }

    @Test("only ACX has rules for levels and for room tone")
    func levels() {
        #expect(RulePack.all.filter { $0.levels != nil }.map(\.platform) == [.acx])
        #expect(RulePack.all.filter { $0.roomTone != nil }.map(\.platform) == [.acx])
    }

    @Test("the steps of a bit rate only go down, and end at the lowest rate that is accepted", arguments: RulePack.all)
    func ladder(pack: RulePack) {
        let rates = [pack.audio.value.bitRate] + pack.bitRateLadder
        #expect(rates == rates.sorted(by: >))
        #expect(pack.minimumBitRate == rates.last)
    }
}
