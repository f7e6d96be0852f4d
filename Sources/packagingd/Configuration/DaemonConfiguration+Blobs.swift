import Foundation
import HTTP

// Where blobs are kept, and how other servers are reached.
extension DaemonConfiguration {
    /// How the blob store is opened.
    ///
    /// - Parameter environment: The variables of the process.
    func blobStores(environment: [String: String]) -> BlobStores {
        func optional(_ setting: Setting) -> String? { values[setting.name].map { "\($0.value)" } }
        return BlobStores(
            place: blobs,
            endpoint: optional(.blobEndpoint),
            credentials: optional(.blobCredentialsFile),
            region: optional(.blobRegion),
            isPathStyle: values[Setting.blobPathStyle.name] == nil ? nil : isTrue(.blobPathStyle),
            http: http,
            environment: environment
        )
    }

    /// Where blobs are kept.
    var blobs: BlobPlace {
        // It was checked when it was read.
        (try? BlobPlace(text(.blobURL))) ?? .folder("")
    }

    /// How other servers are reached.
    var http: HTTPClient.Configuration {
        var http = HTTPClient.Configuration()
        http.proxy = values[Setting.httpProxy.name].map { "\($0.value)" }
        http.authorities = values[Setting.httpCA.name].map { "\($0.value)" }
        return http
    }

    /// The settings of a bucket that are given for a folder.
    var blobMistakes: [ConfigurationMistake] {
        guard case .folder = blobs else { return [] }
        return [Setting.blobEndpoint, .blobCredentialsFile, .blobRegion, .blobPathStyle].compactMap { setting in
            values[setting.name].map {
                ConfigurationMistake(
                    $0.origin,
                    setting,
                    "belongs to a bucket, and \(Setting.blobURL.name) names a folder"
                )
            }
        }
    }
}
