// `coffer operator members`: the nodes of the cluster.

import JSON

extension Command {
    static let operatorMembers = Command(
        "operator members", "Returns the list of nodes in the cluster", usage: "[options]",
        about: "Lists the active node and the peers that it has heard from.",
        examples: [Example("List the nodes:", "coffer operator members")], takes: .none
    ) { call in
        let client = try call.client()
        let answer = try await call.during("Error reading HA status") {
            try await client.object(.get("sys/ha-status"))
        }
        let data = answer["data"]?.objectValue ?? answer
        let nodes = data["nodes"]?.arrayValue ?? []
        guard call.output.isTable else {
            try call.output.value(["Nodes": .array(nodes)])
            return .success
        }
        let columns = [
            ("Host Name", "hostname"), ("API Address", "api_address"),
            ("Cluster Address", "cluster_address"), ("Active Node", "active_node"),
            ("Version", "version"), ("Upgrade Version", "upgrade_version"),
            ("Redundancy Zone", "redundancy_zone"), ("Last Echo", "last_echo"),
        ]
        var table = Table(columns.map(\.0))
        for node in nodes {
            table.append(
                columns.map { column in
                    guard let value = node[column.1], value != .null else { return "" }
                    return PlainValue.text(value)
                })
        }
        call.console.printLine(table.text)
        return .success
    }
}
