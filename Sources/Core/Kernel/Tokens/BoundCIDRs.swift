// The networks that a token may be used from, as a request gives them.

internal import Network
internal import Paths

extension [CIDRBlock] {
    /// Reads a field's list; the failure names the field.
    init(parsing texts: [String], field: String) throws(BackendFailure) {
        guard texts.count <= KernelLimits.boundCIDRsPerToken else {
            throw BackendFailure(.invalidRequest, "too many values in \(field)")
        }
        self = []
        for text in texts where !text.isEmpty {
            guard let block = CIDRBlock(text) else {
                throw BackendFailure(
                    .invalidRequest,
                    "error parsing \(field): a value is neither an IP address nor a CIDR block")
            }
            append(block)
        }
    }
}
