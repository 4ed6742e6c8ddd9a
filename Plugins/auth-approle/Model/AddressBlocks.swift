// CIDR blocks that bound who may use a secret id. They are shown as they were written.

import JSON
import Network
import PluginSDK

struct AddressBlocks: Sendable {
    let texts: [String]
    let blocks: [CIDRBlock]

    static let none = AddressBlocks(texts: [], blocks: [])

    private init(texts: [String], blocks: [CIDRBlock]) {
        self.texts = texts
        self.blocks = blocks
    }

    /// An address without a length is no block.
    init(_ texts: [String], refusal: String) throws(PluginError) {
        let texts = texts.filter { !$0.isEmpty }
        guard texts.count <= Limits.maxCIDRBlocks else {
            throw PluginError(.invalidRequest, "\(refusal): too many of them")
        }
        var blocks: [CIDRBlock] = []
        for text in texts {
            guard text.utf8.contains(UInt8(ascii: "/")), let block = CIDRBlock(text) else {
                throw PluginError(.invalidRequest, refusal)
            }
            blocks.append(block)
        }
        self.init(texts: texts, blocks: blocks)
    }

    init(from reader: inout RecordReader) throws(RecordError) {
        let texts = try reader.texts()
        var blocks: [CIDRBlock] = []
        for text in texts {
            guard let block = CIDRBlock(text) else { throw .damaged }
            blocks.append(block)
        }
        self.init(texts: texts, blocks: blocks)
    }

    var isEmpty: Bool { blocks.isEmpty }

    /// What is allowed for a role or a token bounds what a secret id may say.
    func requireWithin(_ bound: [CIDRBlock], _ texts: [String]) throws(PluginError) {
        guard bound.cover(blocks) else {
            throw PluginError(
                .invalidRequest,
                "failed to verify subset relationship between CIDR blocks on the role "
                    + "\(Self.quoted(texts)) and CIDR blocks on the secret ID "
                    + Self.quoted(self.texts))
        }
    }

    private static func quoted(_ texts: [String]) -> String {
        "[" + texts.map { "\"\($0)\"" }.joined(separator: " ") + "]"
    }

    /// As Vault shows it: no list where none was given.
    var json: JSONValue { isEmpty ? .null : .strings(texts) }
}
