import Media
import Processes
import Protobuf
import WorkerLink
import WorkerMessages

/// Serves the single call of this process. It converts between messages and the values of Media.
struct MediaService {
    let link: WorkerLink
    let layers: [Confinement.Layer]

    /// Lets libav load and compute what it needs, before confinement forbids paths and threads.
    static func prepare() {
        _ = MediaBuild.description
    }

    func run() throws(WorkerLinkError) {
        guard let method = try link.accept(serviceOf: WorkerMethods.describe) else { return }
        do throws(WorkerLinkError) {
            try serve(method)
            try link.finish()
        } catch .failed(let reason) {
            try link.refuse(reason)
        } catch .short(let shortage, let reason) {
            try link.refuse(reason, shortage)
        }
    }

    private func serve(_ method: String) throws(WorkerLinkError) {
        switch method {
        case WorkerMethods.measureAudio.name: try measureAudio()
        case WorkerMethods.measureCover.name: try measureCover()
        case WorkerMethods.renderChapter.name: try renderChapter()
        case WorkerMethods.validatePackage.name: try validatePackage()
        case WorkerMethods.describe.name: try describe()
        default: throw .failed("this worker has no method \"\(method)\"")
        }
    }

    private func describe() throws(WorkerLinkError) {
        let codecs = MediaBuild.codecs
        try link.send(
            WorkerDescribeResult(
                encoderBuild: MediaBuild.description,
                confinement: layers.map(\.rawValue),
                codecsWanted: codecs.map(\.description),
                codecsPresent: codecs.filter(\.isPresent).map(\.description)
            )
        )
    }
}
