/// How hard a code is to read: long runs, blocks, patterns like a finder's, too much of one colour.
enum QRPenalty {
    static func of(_ modules: [[Bool]]) -> Int {
        let size = modules.count
        let columns = (0..<size).map { x in (0..<size).map { modules[$0][x] } }
        let lines = (modules + columns).reduce(0) { $0 + runs(in: $1) + finders(in: $1) }
        return lines + blocks(in: modules) + imbalance(of: modules)
    }

    private static func runs(in line: [Bool]) -> Int {
        var penalty = 0
        var length = 0
        for (index, module) in line.enumerated() {
            length = index > 0 && line[index - 1] == module ? length + 1 : 1
            if length == 5 { penalty += 3 } else if length > 5 { penalty += 1 }
        }
        return penalty
    }

    /// 1:1:3:1:1 with four light ones on either side.
    private static func finders(in line: [Bool]) -> Int {
        let core = [true, false, true, true, true, false, true]
        let light = [false, false, false, false]
        let width = core.count + light.count
        guard line.count >= width else { return 0 }
        return (0...line.count - width).reduce(0) { penalty, start in
            let part = line[start..<start + width]
            return penalty + (part.elementsEqual(core + light) || part.elementsEqual(light + core) ? 40 : 0)
        }
    }

    private static func blocks(in modules: [[Bool]]) -> Int {
        var penalty = 0
        for y in 1..<modules.count {
            for x in 1..<modules.count {
                let module = modules[y][x]
                if module == modules[y - 1][x], module == modules[y][x - 1], module == modules[y - 1][x - 1] {
                    penalty += 3
                }
            }
        }
        return penalty
    }

    private static func imbalance(of modules: [[Bool]]) -> Int {
        let all = modules.count * modules.count
        let dark = modules.joined().count { $0 }
        return abs(dark * 20 - all * 10) / all * 10
    }
}
