import Foundation
import MicroChatWire

/// What files are called and what they are.
extension MediaMaker {
    /// JPEG or PNG by its first bytes, whatever its name says; nil if it is something else.
    static func pictureType(of path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 8) else {
            return nil
        }
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        return nil
    }

    /// A file's type by its name, for those that people send most.
    static func fileType(of path: String) -> String {
        let types = [
            "pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv", "md": "text/markdown",
            "html": "text/html", "json": "application/json", "xml": "application/xml",
            "zip": "application/zip",
            "gz": "application/gzip", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png",
            "gif": "image/gif", "webp": "image/webp", "mp3": "audio/mpeg", "ogg": "audio/ogg",
            "wav": "audio/wav",
            "mp4": "video/mp4", "webm": "video/webm", "doc": "application/msword",
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xls": "application/vnd.ms-excel",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]
        return types[URL(fileURLWithPath: path).pathExtension.lowercased()] ?? "application/octet-stream"
    }

    /// The name that others see.
    ///
    /// - Parameter endings: of what it is now; the first is put in place of another.
    static func name(of path: String, ending endings: [String] = []) -> String {
        let url = URL(fileURLWithPath: path)
        var name = url.lastPathComponent
        if let ending = endings.first, !endings.contains(url.pathExtension.lowercased()) {
            name = url.deletingPathExtension().lastPathComponent + "." + ending
        }
        name.unicodeScalars.removeAll { $0.value < 0x20 || $0.value == 0x7F }
        // Too long a name loses its beginning: the ending says what it is.
        while name.utf8.count > MediaLimit.name { name.removeFirst() }
        return name
    }
}
