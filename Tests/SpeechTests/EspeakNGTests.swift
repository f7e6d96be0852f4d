import Foundation
import Model
import Processes
import TestSupport
import Testing

@testable import Speech

@Suite("Speech by espeak-ng")
struct EspeakNGTests {
    /// Speaks `text` and returns the WAV file.
    private func speak(_ text: String, voice: String = "en-us") async throws -> [UInt8] {
        // The clock stands still, because a busy machine may need longer than the engine's limit.
        let engine = try #require(try await EspeakNG.installed(launcher: Launcher(), clock: ManualClock()))
        return try await withTemporaryFolder("speech") { folder in
            let utterance = Utterance(text: text, voice: voice, language: "en")
            try await engine.speak(utterance, to: folder.file("out.wav"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.wav"])
            return Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("out.wav"))))
        }
    }

    private func seconds(_ wave: [UInt8]) -> Double { Double(wave.count - 44) / 44_100 }

    @Test("text is spoken into a WAV whose header has its true size, and the same text has the same bytes")
    func speaks() async throws {
        let wave = try await speak("It was a bright day.")
        #expect((1.0...2.5).contains(seconds(wave)))
        let promised = wave[40..<44].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(promised == wave.count - 44)
        #expect(try await speak("It was a bright day.") == wave)
    }

    @Test("text that begins with an option, or contains phonemes, markup or NUL, is spoken to its end")
    func speaksAll() async throws {
        let plain = seconds(try await speak("one two three four five six seven eight"))
        for text in [
            "-v de one two three four five six seven eight", "--voices one two three four five six seven eight",
            "one two three\u{0} four five six seven eight", "one two [[three]] four five six seven eight",
            "<b>one two three four five six seven eight",
        ] {
            #expect(seconds(try await speak(text)) > 0.9 * plain, "\(text)")
        }
    }

    @Test("a word of 800 letters is not cut")
    func longWord() async throws {
        let word = seconds(try await speak(String(repeating: "ba", count: 40)))
        #expect(seconds(try await speak(String(repeating: "ba", count: 400))) > 8 * word)
    }

    @Test("a text of nearly the largest size that a segment may have, 20,000 bytes, is spoken as a whole")
    func longText() async throws {
        let sentence = "The quick brown fox jumps over the lazy dog. "
        let one = seconds(try await speak(sentence))
        let many = seconds(try await speak(String(repeating: sentence, count: 440)))
        #expect(many > 0.95 * 440 * one)
    }

    @Test("text with nothing to speak is a short pause, not digital silence", arguments: ["", "…", "* * *"])
    func pause(text: String) async throws {
        let wave = try await speak(text)
        #expect(wave.count == 44 + 2 * 13_230)
        let samples = stride(from: 44, to: wave.count, by: 2).map {
            Double(Int16(bitPattern: UInt16(wave[$0]) | UInt16(wave[$0 + 1]) << 8)) / 32_768
        }
        let level = 10 * log10(samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count))
        #expect((-74...(-70)).contains(level))
    }

    @Test(
        "an unknown voice is refused with its name",
        arguments: ["no-such-voice", "nobody", "../../etc", "-w", "", "en-us+nobody"]
    )
    func unknownVoice(voice: String) async throws {
        let error = await #expect(throws: PackagingError.self) { _ = try await speak("Hello.", voice: voice) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "espeak-ng has no voice \"\(voice)\"")
    }

    @Test(
        "a voice is found by language, name or file, with or without a variant",
        arguments: [
            "en", "en-us", "EN-GB", "English (America)", "gmw/en-US", "en-us+f3",
        ]
    )
    func knownVoice(voice: String) async throws {
        #expect(seconds(try await speak("Hello.", voice: voice)) > 0.3)
    }

    @Test("a language has its default voice, an unknown region has that of its language, and some languages have none")
    func usualVoices() async throws {
        let engine = try #require(try await EspeakNG.installed(launcher: Launcher()))
        let expected = [
            "en": "en-us", "en-GB": "en-gb", "en-AU": "en-us", "de-AT": "de", "pt-BR": "pt-br", "zh": "cmn",
        ]
        for (language, voice) in expected { #expect(engine.usualVoice(for: language) == voice) }
        #expect(engine.usualVoice(for: "tlh") == nil)
        #expect(engine.provenance(of: "de").hasPrefix("espeak-ng 1."))
    }

    @Test("an engine that hangs is ended after its time, and at once if its caller is cancelled")
    func hanging() async throws {
        try await withTemporaryFolder("speech") { folder in
            let program = folder.file("hang")
            // Another process writes the file: a fork of this process that still holds it open would make it busy.
            let script = "printf '#!/bin/sh\\nexec sleep 1000\\n' > '\(program)' && chmod 755 '\(program)'"
            let shell = ChildSpecification(executable: "/bin/sh", arguments: ["-c", script])
            let launcher = try Launcher()
            #expect(await (try launcher.launch(shell)).wait().isSuccess)
            let clock = ManualClock()
            let engine = EspeakNG(
                executable: program,
                version: "0",
                voices: EspeakVoices(list: "-\n5 en-us M English gmw/en-US", variants: ""),
                launcher: launcher,
                clock: clock
            )
            let utterance = Utterance(text: "Hello.", voice: "en-us", language: "en")
            let overdue = Task { try await engine.speak(utterance, to: folder.file("a")) }
            await clock.waitForSleepers()
            clock.advance(by: .seconds(11))
            let error = await #expect(throws: PackagingError.self) { try await overdue.value }
            #expect(error?.code == .unavailable)
            let cancelled = Task { try await engine.speak(utterance, to: folder.file("b")) }
            await clock.waitForSleepers()
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
        }
    }
}
