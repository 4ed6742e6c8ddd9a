import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct UIHeaderTests {
    private let folder = "sys/config/ui/headers/"

    @Test("a header is kept under one spelling, shown with its first value or all, and deleted")
    func life() async throws {
        let server = try await TestCore()
        #expect(await server.call(.list, folder).status == 404)
        #expect(await server.call(.read, folder + "X-Custom").status == 404)
        let set = await server.call(
            .update, folder + "x-cUSTOM", ["values": ["one", "two, three"]])
        #expect(set.status == 204)
        #expect(await server.call(.list, folder).data == ["keys": ["X-Custom"]])
        #expect(await server.call(.read, folder + "X-Custom").data == ["value": "one"])
        let all = await server.call(.read, folder + "x-custom", ["multivalue": "true"])
        #expect(all.data == ["values": ["one", "two, three"]])
        let next = try await server.restarted([.echo])
        #expect(await next.call(.read, folder + "X-Custom").data == ["value": "one"])
        #expect(await next.call(.delete, folder + "X-CUSTOM").status == 204)
        #expect(await next.call(.list, folder).status == 404)
    }

    @Test("the server's own headers and what is no header are refused")
    func refused() async throws {
        let server = try await TestCore()
        for name in [
            "X-Vault-Token", "x-vault-anything", "a b", "a:b", String(repeating: "a", count: 129),
        ] {
            let answer = await server.call(.update, folder + name, ["values": ["a"]])
            #expect(answer.status == 400, "\(name)")
        }
        let bodies: [JSONValue] = [
            [:], ["values": []], ["values": ["a\r\nSet-Cookie: b"]],
            ["values": [.string(String(repeating: "a", count: 5000))]],
            ["values": .strings(Array(repeating: "a", count: 33))],
        ]
        for body in bodies {
            #expect(await server.call(.update, folder + "X-A", body).status == 400)
        }
        #expect(await server.call(.list, folder).status == 404)
    }

    @Test("there is an end to their number, and then those that are there can still be changed")
    func bounded() async throws {
        let server = try await TestCore()
        for number in 0..<KernelLimits.uiHeaders {
            let answer = await server.call(.update, folder + "X-\(number)", ["values": ["a"]])
            #expect(answer.status == 204)
        }
        #expect(await server.call(.update, folder + "Y", ["values": ["a"]]).status == 400)
        #expect(await server.call(.update, folder + "X-5", ["values": ["b"]]).status == 204)
    }
}
