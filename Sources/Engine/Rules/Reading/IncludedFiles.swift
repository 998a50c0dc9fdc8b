import Glibc

/// The files that a pattern such as `rules.d/*.yaml` means.
enum IncludedFiles {
    /// More files are never read together.
    static let most = 256

    /// - Parameter file: the file that includes; a relative pattern is looked for in its folder.
    /// - Returns: paths in the order of their names.
    static func matching(_ pattern: String, beside file: String) -> [String] {
        var path = pattern
        if !pattern.hasPrefix("/"), let slash = file.lastIndex(of: "/") {
            path = escaped(file[...slash]) + pattern
        }
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(path, 0, nil, &found) == 0 else { return [] }
        return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }

    /// A folder's own name is no pattern.
    private static func escaped(_ folder: Substring) -> String {
        folder.reduce(into: "") { result, character in
            if "*?[\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
