import BotKit
import Foundation
import MicroChatGateway
import MicroChatWire

/// Shows the QR code of a login and waits until somebody confirms it.
struct QRCodeWait {
    let login: QRCodeLogin
    let isJSON: Bool
    /// Where the owner wants the picture, if anywhere.
    let picture: String?
    /// Where it goes if a terminal can't show it.
    let spare: String

    private static let over = "the QR code was refused or is too old: use `conure login --qr` for another one"
    /// So long is waited at most after the server said "too often".
    private static let longest = Duration.seconds(30)

    /// Who may log in, and with what.
    func confirmation() async throws -> (user: String, token: PasswordDigest) {
        let code = try await login.start()
        try show(code)
        let clock = ContinuousClock()
        let end = clock.now + code.life
        var state = QRCodeLogin.State.waiting
        var shown: QRCodeLogin.State?
        var pause = code.interval
        while true {
            if shown != state { try say(state, of: code, left: end - clock.now) }
            shown = state
            try await rest(pause, state, until: end)
            do throws(GatewayError) {
                state = try await login.state(of: code)
                pause = code.interval
            } catch {
                switch error {
                case .slowDown: pause = min(pause * 2, Self.longest)
                case .refused, .sessionLost: throw error
                // The network's fault: the code may be confirmed meanwhile.
                case .retry(let reason, _), .unknown(let reason): note(reason)
                }
            }
            switch state {
            case .confirmed(let user, let token): return (user, token)
            case .over: throw Failure(Self.over)
            case .waiting, .scanned:
                guard clock.now < end else { throw Failure(Self.over) }
            }
        }
    }

    private func show(_ code: QRCodeLogin.Code) throws {
        let lines = PNGPicture(code.picture)?.terminalLines
        if let path = picture ?? (lines == nil ? spare : nil) {
            do {
                try Data(code.picture).write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw Failure("cannot write \(path): \(error.localizedDescription)")
            }
            note("the QR code is in \(path)")
        }
        if !isJSON {
            if let lines { print(lines.joined(separator: "\n")) }
            print("Scan the QR code, or let the operator approve \(code.uuid).")
            flushOutput()
        }
    }

    private struct Line: Encodable {
        var state: String
        var uuid: String
        var by: String?
        var secondsLeft: Int

        enum CodingKeys: String, CodingKey {
            case state, uuid, by
            case secondsLeft = "seconds_left"
        }
    }

    private func say(_ state: QRCodeLogin.State, of code: QRCodeLogin.Code, left: Duration) throws {
        if isJSON {
            var line = Line(state: "waiting", uuid: code.uuid, secondsLeft: Int(left.components.seconds))
            if case .scanned(let person) = state { (line.state, line.by) = ("scanned", person) }
            print(try JSONLine.text(line))
        } else if !isTerminal {
            print(Self.text(state, left: left))
        }
        flushOutput()
    }

    private static func text(_ state: QRCodeLogin.State, left: Duration) -> String {
        let seconds = max(left.components.seconds, 0)
        if case .scanned(let person) = state { return "scanned by \(person), \(seconds) s left to confirm" }
        return "waiting, \(seconds) s left"
    }

    /// Waits; at a terminal the seconds count down meanwhile.
    private func rest(
        _ pause: Duration, _ state: QRCodeLogin.State, until end: ContinuousClock.Instant
    ) async throws {
        let next = min(ContinuousClock.now + pause, end)
        guard isTerminal, !isJSON else { return try await Task.sleep(until: next, clock: .continuous) }
        while .now < next {
            // Over the line before it, whose rest is wiped out.
            print("\r\(Self.text(state, left: end - .now))\u{1B}[K", terminator: "")
            flushOutput()
            try await Task.sleep(until: min(next, .now + .seconds(1)), clock: .continuous)
        }
        print("\r\u{1B}[K", terminator: "")
        flushOutput()
    }

    private var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private func note(_ text: String) { FileHandle.standardError.write(Data("(\(text))\n".utf8)) }
}
