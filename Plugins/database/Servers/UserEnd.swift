// The end of a user: it is dropped, or at least shut out.
//
// A server may refuse to drop a user, and the user itself can bring that about: it needs nothing
// but an object in another database. The lease stays and is tried again, but nobody goes on using
// it meanwhile.

extension SessionPool {
    /// Fails if the server has the user still, with the reason and with what was done instead.
    func end(_ name: String, _ statements: [String]) throws(DatabaseError) {
        do throws(DatabaseError) { try drop(name, statements) } catch {
            // Else there is no server to be asked, or it may do it yet.
            guard error.isOfOneUser else { throw error }
            throw DatabaseError(error.code, error.message + shutOut(name))
        }
    }

    private func shutOut(_ name: String) -> String {
        do throws(DatabaseError) {
            let isShutOut = try run { (session) throws(DatabaseError) in
                try session.shutOut(name)
            }
            return isShutOut ? "; until it is dropped it is shut out" : ""
        } catch { return "; nor could it be shut out wholly: \(error.message)" }
    }
}
