import Cryptography
import Glibc
import Kernel
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HTTPAPI

@Suite struct TLSTests {
    private func configuration(
        _ certificate: TestCertificate, _ change: (inout TLSSettings) -> Void = { _ in }
    ) -> ListenerConfiguration {
        var configuration = ServerTests.anyPort
        var tls = TLSSettings(
            certificateFile: certificate.certificate, privateKeyFile: certificate.key)
        change(&tls)
        configuration.tls = tls
        return configuration
    }

    /// Trusts one certificate and no other.
    private func trusting(_ certificate: TestCertificate) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificate.certificate)
        configuration.certificateVerification = .noHostnameVerification
        return configuration
    }

    /// Status of one request; throws if TLS or the server refuses.
    private func ask(_ address: ListenerAddress, _ tls: TLSConfiguration?) async throws -> Received
    {
        let client = try await RawClient.connect(
            to: address, group: .singletonMultiThreadedEventLoopGroup, tls: tls)
        try await client.send(request("GET", "/v1/a", ["Connection: close"]))
        return try await Received(client.receiveAll())
    }

    @Test("requests are served over TLS 1.2 and 1.3, with transport security asked for")
    func serves() async throws {
        let scratch = try Scratch()
        let certificate = try TestCertificate("server", in: scratch)
        let server = ServerTests.server()
        let address = try await server.listen(configuration(certificate))
        for version in [TLSVersion.tlsv12, .tlsv13] {
            var tls = try trusting(certificate)
            tls.minimumTLSVersion = version
            tls.maximumTLSVersion = version
            let answer = try await ask(address, tls)
            #expect(answer.body == #"{"path":"a"}"#)
            #expect(answer.header("strict-transport-security") != nil)
        }
        await server.stop(graceSeconds: 1)
    }

    @Test("versions below the minimum are refused, TLS 1.1 always")
    func minimum() async throws {
        let scratch = try Scratch()
        let certificate = try TestCertificate("server", in: scratch)
        let server = ServerTests.server()
        let usual = try await server.listen(configuration(certificate))
        let strict = try await server.listen(
            configuration(certificate) { $0.minimumVersion = .tls13 })
        for (address, version) in [(usual, TLSVersion.tlsv11), (strict, .tlsv12)] {
            var tls = try trusting(certificate)
            tls.minimumTLSVersion = .tlsv1
            tls.maximumTLSVersion = version
            await #expect(throws: (any Error).self) { try await ask(address, tls) }
        }
        await server.stop(graceSeconds: 1)
    }

    @Test("plain HTTP on the TLS port is told so")
    func plainHTTP() async throws {
        let scratch = try Scratch()
        let server = ServerTests.server()
        let address = try await server.listen(
            configuration(try TestCertificate("server", in: scratch)))
        let answer = try await ask(address, nil)
        #expect(answer.status == 400)
        #expect(answer.body == "Client sent an HTTP request to an HTTPS server.\n")
        await server.stop(graceSeconds: 1)
    }

    @Test(
        "a required client certificate must be there and come from the authority; an optional one may be absent"
    )
    func clientCertificates() async throws {
        let scratch = try Scratch()
        let certificate = try TestCertificate("server", in: scratch)
        let authority = try TestCertificate("authority", in: scratch)
        let client = try TestCertificate("client", in: scratch, issuer: authority)
        let stranger = try TestCertificate("stranger", in: scratch)
        let server = ServerTests.server()
        let required = try await server.listen(
            configuration(certificate) {
                $0.clientCertificates = .required(authorityFile: authority.certificate)
            })
        let optional = try await server.listen(
            configuration(certificate) {
                $0.clientCertificates = .optional(authorityFile: authority.certificate)
            })
        let without = try trusting(certificate)
        let with = try showing(client, without)
        let wrong = try showing(stranger, without)
        await #expect(throws: (any Error).self) { try await ask(required, without) }
        await #expect(throws: (any Error).self) { try await ask(required, wrong) }
        #expect(try await ask(required, with).status == 200)
        #expect(try await ask(optional, without).status == 200)
        #expect(try await ask(optional, with).status == 200)
        await #expect(throws: (any Error).self) { try await ask(optional, wrong) }
        await server.stop(graceSeconds: 1)
    }

    private func showing(
        _ certificate: TestCertificate, _ base: TLSConfiguration
    ) throws -> TLSConfiguration {
        var tls = base
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate.certificate)
            .map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))
        return tls
    }

    @Test(
        "a reload serves the new certificate to new connections; a broken one changes nothing and is reported"
    )
    func reload() async throws {
        let scratch = try Scratch()
        let old = try TestCertificate("server", in: scratch)
        let trustOld = try NIOSSLCertificate.fromPEMFile(old.certificate)
        var oldOnly = try trusting(old)
        oldOnly.trustRoots = .certificates(trustOld)
        let server = ServerTests.server()
        let address = try await server.listen(configuration(old))
        #expect(try await ask(address, oldOnly).status == 200)

        let new = try TestCertificate("server", in: scratch)
        #expect(server.reloadCertificates() == [])
        #expect(try await ask(address, try trusting(new)).status == 200)
        await #expect(throws: (any Error).self) { try await ask(address, oldOnly) }

        let newOnly = try NIOSSLCertificate.fromPEMFile(new.certificate)
        var stillNew = oldOnly
        stillNew.trustRoots = .certificates(newOnly)
        _ = try scratch.write("nonsense", to: "server.pem")
        let errors = server.reloadCertificates()
        #expect(errors.map(\.code) == [.certificate])
        #expect(errors.first?.message.contains(new.certificate) == true)
        #expect(try await ask(address, stillNew).status == 200)
        await server.stop(graceSeconds: 1)
    }

    private func identity(_ certificate: TestCertificate) throws -> ServerIdentity {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate.certificate)
        let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
        return try ServerIdentity(
            chain: chain.map { try $0.toDERBytes() }, privateKey: SecretBytes(key.derBytes))
    }

    @Test("an installed certificate is for new connections, and a reload of the files keeps it")
    func install() async throws {
        let scratch = try Scratch()
        let first = try TestCertificate("first", in: scratch)
        let second = try TestCertificate("second", in: scratch)
        let server = ServerTests.server()
        let address = try await server.listen(configuration(first))
        let other = try await server.listen(configuration(first))
        let open = try await RawClient.connect(
            to: address, group: .singletonMultiThreadedEventLoopGroup, tls: try trusting(first))
        try await open.send(request("GET", "/v1/a"))
        _ = try await open.receive(endingIn: "}")

        let identity = try identity(second)
        try server.install(identity, at: address)
        #expect(try await ask(address, try trusting(second)).status == 200)
        #expect(try await ask(other, try trusting(first)).status == 200)
        #expect(server.certificates.first { $0.address == address }?.facts == identity.facts)
        try await open.send(request("GET", "/v1/b", ["Connection: close"]))
        #expect(try await open.receiveAll().contains(#"{"path":"b"}"#))

        #expect(server.reloadCertificates() == [])
        #expect(try await ask(address, try trusting(second)).status == 200)
        try server.restoreCertificate(at: address)
        #expect(try await ask(address, try trusting(first)).status == 200)
        await server.stop(graceSeconds: 1)
    }

    @Test(
        "a listener may begin with a certificate in memory; one whose key is another's is refused")
    func memory() async throws {
        let scratch = try Scratch()
        let one = try TestCertificate("one", in: scratch)
        let two = try TestCertificate("two", in: scratch)
        var configuration = ServerTests.anyPort
        configuration.tls = TLSSettings(try identity(one))
        let server = ServerTests.server()
        let address = try await server.listen(configuration)
        #expect(try await ask(address, try trusting(one)).status == 200)
        let chain = try NIOSSLCertificate.fromPEMFile(two.certificate).map { try $0.toDERBytes() }
        let key = try NIOSSLPrivateKey(file: one.key, format: .pem).derBytes
        let wrong = try ServerIdentity(chain: chain, privateKey: SecretBytes(key))
        let error = #expect(throws: ListenerError.self) {
            try server.install(wrong, at: address)
        }
        #expect(error?.code == .keyMismatch)
        #expect(try await ask(address, try trusting(one)).status == 200)
        await server.stop(graceSeconds: 1)
    }

    @Test("files that are missing, are no PEM or do not belong together are named")
    func badFiles() async throws {
        let scratch = try Scratch()
        let one = try TestCertificate("one", in: scratch)
        let two = try TestCertificate("two", in: scratch)
        let text = try scratch.write("hello", to: "text")
        let missing = scratch.file("missing")
        let cases: [(String, String, ListenerError.Code, String)] = [
            (missing, one.key, .certificate, "\(missing): No such file or directory"),
            (text, one.key, .certificate, text),
            (scratch.path, one.key, .certificate, "Is a directory"),
            (one.certificate, missing, .privateKey, "\(missing): No such file or directory"),
            (one.certificate, text, .privateKey, text),
            (one.certificate, two.key, .keyMismatch, "\(two.key) does not belong"),
        ]
        for (certificate, key, code, words) in cases {
            var configuration = ServerTests.anyPort
            configuration.tls = TLSSettings(certificateFile: certificate, privateKeyFile: key)
            let error = try await #require(throws: ListenerError.self) {
                try await ServerTests.server().listen(configuration)
            }
            #expect(error.code == code)
            #expect(error.message.contains(words), "\(error.message)")
        }
    }
}
