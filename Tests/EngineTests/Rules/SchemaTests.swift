import BotKit
import Engine
import Testing

@Suite struct `The schema of the language` {
    /// Everything that is referred to.
    private func references(in value: Value) -> Set<String> {
        switch value {
        case .list(let items): items.reduce(into: []) { $0.formUnion(references(in: $1)) }
        case .map(let map):
            map.reduce(into: []) { found, entry in
                if entry.key == "$ref", case .text(let name) = entry.value { found.insert(name) }
                found.formUnion(references(in: entry.value))
            }
        default: []
        }
    }

    @Test func `knows every place, and what may stand there`() throws {
        let schema = try #require(Value(json: LanguageSchema.json))
        guard case .map(let schemaMap) = schema, case .map(let places)? = schemaMap["$defs"] else {
            Issue.record("there are no places")
            return
        }
        #expect(references(in: schema) == Set(places.keys.map { "#/$defs/\($0)" }))
        for (place, value) in places {
            guard case .map(let map) = value, case .map(let properties)? = map["properties"] else {
                Issue.record("\(place) has no keys")
                continue
            }
            #expect(map["additionalProperties"] == .flag(false) && !properties.isEmpty)
            if case .list(let required)? = map["required"] {
                for case .text(let key) in required { #expect(properties[key] != nil, "\(place) \(key)") }
            }
        }
        #expect(schema[["$defs", "rule", "properties", "cooldown"]] != .missing)
        #expect(schema[["$defs", "step", "properties", "kick"]] == .missing)
        #expect(schema[["$defs", "step", "properties", "send", "$ref"]] == .text("#/$defs/send"))
    }
}

extension Value {
    fileprivate subscript(path: [String]) -> Value {
        path.reduce(self) { value, key in
            if case .map(let map) = value { map[key] ?? .missing } else { .missing }
        }
    }
}
