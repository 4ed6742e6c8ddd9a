import PluginSDK
import Testing

@testable import Database

@Suite struct MySQLAddressTests {
    @Test("a connection string is taken apart from its end, whatever a password has in it")
    func parts() throws {
        let address = try MySQLAddress(
            "{{username}}:{{password}}@tcp(db.internal:3307)/app?tls=true")
        #expect(address.username == "{{username}}")
        #expect(address.password == "{{password}}")
        #expect(address.host == "db.internal")
        #expect(address.port == 3_307)
        #expect(address.database == "app")
        #expect(address.encryption == .verified)
        let odd = try MySQLAddress("me:p@ss/w:rd@tcp(h)/")
        #expect(odd.username == "me")
        #expect(odd.password == "p@ss/w:rd")
        #expect(odd.host == "h")
        #expect(odd.port == 3_306)
        #expect(odd.encryption == .none)
    }

    @Test(
        "sockets, IPv6 and nothing are addresses too",
        arguments: [
            ("u@unix(/run/mysqld.sock)/", "127.0.0.1", "/run/mysqld.sock"),
            ("u:p@tcp([::1]:3306)/", "::1", nil), ("u:p@tcp([::1])/", "::1", nil),
            ("u:p@/", "127.0.0.1", nil), ("tcp(h)/", "h", nil), ("/", "127.0.0.1", nil),
        ])
    func places(_ text: String, _ host: String, _ socket: String?) throws {
        let address = try MySQLAddress(text)
        #expect(address.host == host)
        #expect(address.socket == socket)
    }

    @Test(
        "what is no address, or would make the connection less safe, is refused and not repeated",
        arguments: [
            "", "sEcrEt", "u:sEcrEt@tcp(h", "u:sEcrEt@h/", "u:sEcrEt@tcp(h:0)/",
            "u:sEcrEt@tcp(h:65536)/", "u:sEcrEt@tcp(h:-1)/", "u:sEcrEt@tcp()/",
            "u:sEcrEt@udp(h)/", "u:sEcrEt@unix(relative)/", "u:sEcrEt@tcp(h)/?allowAllFiles=true",
            "u:sEcrEt@tcp(h)/?allowCleartextPasswords=true", "u:sEcrEt@tcp(h)/?tls=custom",
            "u:sEcrEt@tcp(h)/?tls", "u:sEcrEt@tcp(h)/a\0b",
        ])
    func refused(_ text: String) {
        do throws(PluginError) {
            _ = try MySQLAddress(text)
            Issue.record("it was taken: \(text)")
        } catch {
            #expect(error.code == .invalidRequest)
            #expect(!error.message.contains("sEcrEt"))
        }
    }
}
