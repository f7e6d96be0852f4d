internal import Foundation

/// Levels in dB of full scale.
enum Decibels {
    /// The value that stands for digital silence, which has no level. It is below everything that 24 bits can hold.
    static let silence = -144.0

    /// The level of a magnitude, 1 being full scale.
    static func ofPeak(_ peak: Double) -> Double { peak > 0 ? max(silence, 20 * log10(peak)) : silence }

    /// The level of a mean square.
    static func ofMeanSquare(_ square: Double) -> Double { square > 0 ? max(silence, 10 * log10(square)) : silence }
}

extension Double {
    /// Rounded to this number of decimals.
    func rounded(decimals: Int) -> Double {
        let unit = (0..<decimals).reduce(1.0) { value, _ in value * 10 }
        let value = (self * unit).rounded() / unit
        return value == 0 ? 0 : value
    }

    /// The number rounded to at most this number of decimals: `-23`, `-25.34`.
    func text(decimals: Int = 2) -> String {
        let value = rounded(decimals: decimals)
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension Int64 {
    /// Samples at 44,100 Hz as hours, minutes and seconds: `2:00:01.5`.
    var duration: String {
        let tenths = (self * 10 + 22_050) / 44_100
        let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60)
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let fraction = tenths % 10 == 0 ? "" : ".\(tenths % 10)"
        return "\(hours):\(two(minutes)):\(two(seconds))\(fraction)"
    }
}
