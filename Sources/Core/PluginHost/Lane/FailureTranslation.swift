// Failure codes between the kernel's vocabulary and the wire's. Neither decides by text.

internal import Kernel
internal import Wire

extension BackendFailure {
    init(_ failure: PluginFailure) {
        let code: Code =
            switch failure.code {
            case .invalidRequest: .invalidRequest
            case .permissionDenied: .permissionDenied
            case .notFound: .notFound
            case .unsupportedOperation: .unsupportedOperation
            case .unsupportedPath: .unsupportedPath
            case .preconditionFailed: .preconditionFailed
            case .unavailable: .unavailable
            case .rateLimited: .rateLimited
            case .internalError: .internalError
            case .upstreamFailed: .upstreamFailed
            case .cancelled: .cancelled
            case .deadlineExceeded: .deadlineExceeded
            }
        let text = failure.message
        let bound = PluginHostLimits.failureMessageBytes
        self.init(
            code,
            text.utf8.count <= bound
                ? text : String(decoding: text.utf8.prefix(bound), as: UTF8.self))
    }
}

extension PluginFailure {
    init(_ failure: BackendFailure) {
        let code: FailureCode =
            switch failure.code {
            case .invalidRequest, .tooLarge: .invalidRequest
            case .permissionDenied: .permissionDenied
            case .notFound: .notFound
            case .unsupportedOperation: .unsupportedOperation
            case .unsupportedPath: .unsupportedPath
            case .preconditionFailed: .preconditionFailed
            case .unavailable, .sealed: .unavailable
            case .rateLimited: .rateLimited
            case .internalError: .internalError
            case .upstreamFailed: .upstreamFailed
            case .cancelled: .cancelled
            case .deadlineExceeded: .deadlineExceeded
            }
        self.init(code, failure.message)
    }
}
