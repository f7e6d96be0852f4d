import Model
import Testing

@Suite("Platform")
struct PlatformTests {
    @Test("platforms are listed in one order everywhere")
    func order() {
        #expect([Platform.kobo, .acx, .spotify, .google, .apple].sorted() == [.apple, .google, .spotify, .acx, .kobo])
        #expect(Platform.allCases == Platform.allCases.sorted())
    }

    @Test("the words for platforms, formats and bit rates do not change: the database and the wire use them")
    func words() {
        #expect(Platform.allCases.map(\.rawValue) == ["apple", "google", "spotify", "acx", "kobo"])
        #expect([PackageFormat.m4b, .zipMP3, .epub3].map(\.rawValue) == ["m4b", "zip_mp3", "epub3"])
        #expect([PackageFormat.m4b, .zipMP3, .epub3].map(\.fileExtension) == ["m4b", "zip", "epub"])
        #expect(AudioSpec(codec: .mp3, bitRate: 256_000).bitRateText == "256k")
    }
}
