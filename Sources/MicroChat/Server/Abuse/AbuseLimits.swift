package import NIOCore

/// How much a client may ask for before the server asks it to wait, and how long a stranger may take to say who it is.
package struct AbuseLimits: Sendable {
    /// So many at once, and so many a second in the long run.
    package struct Rate: Sendable {
        /// What may come at once after a pause.
        package var burst: Int
        /// What may come in the long run.
        package var perSecond: Int

        /// A rate; both at least 1.
        package init(burst: Int, perSecond: Int) {
            self.burst = max(burst, 1)
            self.perSecond = max(perSecond, 1)
        }
    }

    /// Logins from one address, whatever comes of them.
    package var logins = Rate(burst: 20, perSecond: 2)
    /// Logins from this machine, where many clients share an address and an attacker has better ways.
    package var localLogins = Rate(burst: 20_000, perSecond: 1000)
    /// Wrong passwords in a row that an account takes without a wait.
    package var freeMistakes = 5
    /// The wait after the next one; it doubles with each more.
    package var firstWait = TimeAmount.seconds(1)
    /// The longest such wait.
    package var longestWait = TimeAmount.minutes(15)
    /// A link has to have sent a whole frame this soon.
    package var firstFrame = TimeAmount.seconds(30)
    /// A link has to have logged in this soon. The 660 seconds of a link at rest (MicroChat wire protocol,
    /// section 5.1) are for those who have.
    package var logIn = TimeAmount.seconds(60)
    /// While more links than this have not logged in, a new one's frames may only be as long as a login until it has:
    /// any number of strangers must not be able to have the server keep a megabyte for each.
    package var strangersWithLongFrames = 256
    /// Addresses, accounts and logins that are remembered at a time, of each; the longest unused is forgotten.
    package var memory = 65_536

    /// What suits a server that strangers can reach.
    package init() {}
}
