import Files
import Foundation
import Glibc
import Model
import Processes
import Speech
import Workers

// Checks the worker with its codecs and its confinement, and the speech providers.
extension Checkup {
    func worker() async -> [Finding] {
        let description: WorkerDescription
        let user: ChildSpecification.User?
        do {
            let executable = try WorkerProgram.ofThisProcess()
            let configuration = WorkerConfiguration(executable: executable)
            user = configuration.user
            description = try await WorkerPool(configuration: configuration, launcher: launcher, logger: logger)
                .describe()
        } catch {
            let advice = "Put packaging-worker beside packagingd, where every user may read and run it."
            return [.failed("worker", error.inOneLine, advice)]
        }
        return [
            .ok("worker", "starts; \(description.encoderBuild)"), codecs(description), confinement(description),
            .ok(
                "worker's user",
                user.map { "uid \($0.uid), as we are root" }
                    ?? "uid \(geteuid()), as ours: only root could choose another"
            ),
        ]
    }

    private func codecs(_ description: WorkerDescription) -> Finding {
        guard description.missingCodecs.isEmpty else {
            return .failed(
                "codecs",
                "libav lacks \(description.missingCodecs.joined(separator: ", "))",
                "Install a build of libavcodec that has them, such as Debian's libavcodec59."
            )
        }
        return .ok("codecs", "all \(description.wantedCodecs) encoders and decoders are there")
    }

    private func confinement(_ description: WorkerDescription) -> Finding {
        let missing = Confinement.Layer.allCases.map(\.rawValue).filter { !description.confinement.contains($0) }
        guard !missing.isEmpty else { return .ok("confinement", description.confinement.joined(separator: ", ")) }
        return .warning(
            "confinement",
            "this kernel has no \(missing.joined(separator: " and no "))",
            "Foreign audio is decoded with less around it. Run a kernel (5.13 or newer, with \"landlock\" in its list of "
                + "security modules) or a container profile that allows it."
        )
    }

    func speech() async -> [Finding] {
        let check = "speech"
        let install = "Install it (on Debian the package \"espeak-ng\"), unless every book brings all its audio."
        let folder = FileManager.default.temporaryDirectory.path + "/packagingd-doctor-\(UUID().uuidString)"
        defer { try? FileTree.removeAll(folder) }
        do {
            guard let espeak = try await EspeakNG.installed(launcher: launcher) else {
                return [.warning(check, "espeak-ng is not installed: missing audio cannot be generated", install)]
            }
            guard let voice = espeak.usualVoice(for: "en") else {
                return [.warning(check, "espeak-ng \(espeak.version) has no English voice", install)]
            }
            try FileTree.makeFolder(folder)
            let word = Utterance(text: "khipu", voice: voice, language: "en")
            try await espeak.speak(word, to: folder + "/word.wav")
            let bytes = try OpenFile(folder + "/word.wav", .reading).size
            return [.ok(check, "espeak-ng \(espeak.version) said a word of \(bytes) bytes")]
        } catch {
            return [.failed(check, "espeak-ng does not speak: \(error.inOneLine)", install)]
        }
    }
}
