// The parts of PROTOCOL.md, by the words that stand over them there.

public enum Paragraph: String, Sendable, CaseIterable {
    case start = "Start"
    case frames = "Frames"
    case handshake = "Handshake, versions, features"
    case limits = "Limits"
    case calls = "Calls"
    case deadline = "Deadline"
    case cancel = "Cancel"
    case backPressure = "Back-pressure"
    case mounts = "Mounts"
    case entriesInMemory = "Entries in memory"
    case requests = "Requests"
    case logins = "Logins"
    case storage = "Storage"
    case leases = "Leases and intents"
    case databases = "Database plugins"
    case drainAndClose = "Drain and close"
}
