import DurableSQLite
import GRDB
import Logging
import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Answers a call that may change something, once the change is on disk.
    ///
    /// - Parameter work: a `Refusal` that it throws undoes what it did, and is the answer.
    func change<Response: Message>(
        _ call: Call, from device: Device, then complete: @escaping @Sendable (Answer) -> Void,
        _ work: @escaping @Sendable (inout Edit, Directory.Account) throws -> Response
    ) {
        guard let account = directory.account(device.uin) else {
            return complete(.plaintext(Self.failure(of: call, .unknownUser)))
        }
        commit({ [mailboxes] edit in
            // Asked in the transaction: a device that comes later begins behind what is written here.
            if mailboxes.hasDevices(besides: device) { edit.shownBy = device.slot }
            return try work(&edit, account)
        }) { [logger] result in
            switch result {
            case .success(let response):
                complete(Self.answer(response, to: call))
            case .failure(let refusal as Refusal):
                complete(.plaintext(Self.failure(of: call, refusal.code)))
            case .failure(let error):
                logger.error(
                    "cannot do what was asked",
                    metadata: ["call": "\(call.name)", "uin": "\(device.uin)", "error": "\(error)"])
                complete(.plaintext(Self.failure(of: call, .systemError)))
            }
        }
    }

    /// Answers a call that seldom changes anything: beside the writer, if it finds nothing to write.
    func look<Response: Message>(
        _ call: Call, from device: Device, then complete: @escaping @Sendable (Answer) -> Void,
        _ work: @escaping @Sendable (inout Edit, Directory.Account) throws -> Response
    ) {
        guard let account = directory.account(device.uin) else {
            return complete(.plaintext(Self.failure(of: call, .unknownUser)))
        }
        database.read { [directory, now] db in
            var edit = Edit(db, directory: directory, now: now(), canWrite: false)
            return try work(&edit, account)
        } then: { [self] result in
            switch result {
            case .success(let response): complete(Self.answer(response, to: call))
            case .failure(let refusal as Refusal):
                complete(.plaintext(Self.failure(of: call, refusal.code)))
            case .failure: change(call, from: device, then: complete, work)
            }
        }
    }

    /// Runs a change in a transaction, and lets the server know of it once it is on disk.
    ///
    /// - Parameter work: a `Refusal` that it throws undoes what it did, and nothing that shares the transaction.
    func commit<Value: Sendable>(
        _ work: @escaping @Sendable (inout Edit) throws -> Value,
        then complete: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        database.write { [directory, now] db -> (Result<Value, any Error>, Changes) in
            var outcome: (Result<Value, any Error>, Changes)?
            do {
                try db.inSavepoint {
                    var edit = Edit(db, directory: directory, now: now())
                    let value = try work(&edit)
                    outcome = (.success(value), edit.result)
                    return .commit
                }
            } catch let refusal as Refusal {
                outcome = (.failure(refusal), Changes())
            }
            return outcome ?? (.failure(Refusal(.systemError)), Changes())
        } then: { [self] result in
            switch result {
            case .success((let outcome, let changes)):
                publish(changes)
                complete(outcome)
            case .failure(let error): complete(.failure(error))
            }
        }
    }

    /// The same for those who wait.
    func commit<Value: Sendable>(
        _ work: @escaping @Sendable (inout Edit) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            commit(work) { continuation.resume(with: $0) }
        }
    }
}
