import Media
import Processes
import Protobuf
import WorkerLink
import WorkerMessages

/// Serves the one call of this process: messages in, Media's values out.
struct MediaService {
    let link: WorkerLink
    let layers: [Confinement.Layer]

    /// Has libav load and compute what it needs, before paths and threads are out of reach.
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
