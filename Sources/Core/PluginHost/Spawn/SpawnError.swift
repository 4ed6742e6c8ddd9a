// Why a child did not come to run its program.

internal import CProcess

struct SpawnError: Error, Equatable {
    enum Step: Equatable {
        case socketPair, logPipe, clone, parentDeathSignal, parentGone, session, privileges
        case coreLimit, directory, descriptors, signals, execute, changedFile, threadEnded
        case limits, user, fileRules, filter
        /// Nothing was started: what it is to be kept in could not be made.
        case sandbox(SandboxError)
    }

    var step: Step
    var errorNumber: Int32

    init(_ step: Step, errorNumber: Int32 = 0) {
        self.step = step
        self.errorNumber = errorNumber
    }

    init(_ error: SandboxError) { self.init(.sandbox(error)) }

    init(_ result: coffer_spawn_result) {
        errorNumber = result.error
        step =
            switch result.step {
            case COFFER_SPAWN_PARENT_DEATH: .parentDeathSignal
            case COFFER_SPAWN_PARENT_GONE: .parentGone
            case COFFER_SPAWN_SESSION: .session
            case COFFER_SPAWN_PRIVILEGES: .privileges
            case COFFER_SPAWN_CORE_LIMIT: .coreLimit
            case COFFER_SPAWN_DIRECTORY: .directory
            case COFFER_SPAWN_DESCRIPTORS: .descriptors
            case COFFER_SPAWN_SIGNALS: .signals
            case COFFER_SPAWN_LIMITS: .limits
            case COFFER_SPAWN_USER: .user
            case COFFER_SPAWN_FILE_RULES: .fileRules
            case COFFER_SPAWN_FILTER: .filter
            case COFFER_SPAWN_EXECUTE: .execute
            default: .clone
            }
    }

    var message: String {
        switch step {
        case .changedFile: "the file changed between its check and its execution"
        case .sandbox(let error): error.message
        case .threadEnded: "the plugin host has been shut down"
        default: "step \(step) failed: \(SystemError.text(errorNumber))"
        }
    }
}
