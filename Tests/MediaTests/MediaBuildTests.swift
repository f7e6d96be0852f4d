import Media
import Testing

@Suite("The build of libav")
struct MediaBuildTests {
    @Test("its description names every library, and the same instructions on every host of an architecture")
    func description() {
        let description = MediaBuild.description
        for word in ["avcodec ", "avformat ", "swresample ", "lame 3."] { #expect(description.contains(word)) }
        #if arch(x86_64)
            #expect(description.contains("instructions 101b;"))
        #endif
    }
}
