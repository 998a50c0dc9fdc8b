/// A dictionary that forgets what has not been used for longest, so that strangers can't fill the memory.
///
/// Two generations: what is used moves to the younger, and when that is full the older is dropped. So it holds
/// everything used since the last `capacity` other keys were, and twice that at most, without a list to keep in order.
package struct RecentlyUsed<Key: Hashable, Value> {
    private let capacity: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    package init(capacity: Int) { self.capacity = max(capacity, 1) }

    /// How many keys there are.
    package var count: Int { young.count + old.count }

    /// The value of a key, which counts as a use.
    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            insert(value, for: key)
            return value
        }
        set {
            old[key] = nil
            if let newValue { insert(newValue, for: key) } else { young[key] = nil }
        }
    }

    private mutating func insert(_ value: Value, for key: Key) {
        if young.count >= capacity, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
