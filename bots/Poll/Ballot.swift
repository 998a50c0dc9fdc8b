/// A poll of a room.
struct Ballot: Codable {
    let question: String
    let choices: [String]
    /// Who opened it.
    let by: String
    /// What each one is for, by their ids; who votes again changes their mind.
    var votes: [String: String] = [:]

    /// The choice of that name or number; nil if there is none.
    func choice(_ text: String) -> String? {
        if let choice = choices.first(where: { $0.lowercased() == text.lowercased() }) { return choice }
        guard let number = Int(text), choices.indices.contains(number - 1) else { return nil }
        return choices[number - 1]
    }

    var invitation: String {
        let lines = choices.enumerated().map { "\($0.offset + 1). \($0.element)" }
        return "\(question)\n\(lines.joined(separator: "\n"))\nWrite \"vote 1\" or \"vote \(choices[0])\"."
    }

    var results: String {
        let lines = choices.map { choice in "\(choice): \(votes.values.count { $0 == choice })" }
        return "\(question)\n\(lines.joined(separator: "\n"))"
    }
}
