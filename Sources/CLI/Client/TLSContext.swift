// The TLS side of a connection: which authorities to trust, which certificate to show.

import Glibc
import NIOCore
import NIOSSL

enum TLSContext {
    static func make(_ settings: TLSSettings) throws(TransportError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if settings.skipVerify { configuration.certificateVerification = .none }
        if let path = settings.caCertificate {
            configuration.trustRoots = .certificates(try certificates(path))
        } else if let path = settings.caPath {
            configuration.trustRoots = .certificates(try certificates(inFolder: path))
        }
        switch (settings.clientCertificate, settings.clientKey) {
        case (nil, nil): break
        case (let certificate?, let key?):
            configuration.certificateChain = try certificates(certificate).map {
                .certificate($0)
            }
            do {
                configuration.privateKey = .privateKey(
                    try NIOSSLPrivateKey(bytes: readFile(key), format: .pem))
            } catch let error as TransportError {
                throw error
            } catch {
                throw TransportError(.badSettings, "\(key): not a private key in PEM form")
            }
        default:
            throw TransportError(.badSettings, "-client-cert and -client-key go together")
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TransportError(.badSettings, "cannot set up TLS: \(error)")
        }
    }

    static func handler(
        _ context: NIOSSLContext, serverName: String?
    ) throws -> NIOSSLClientHandler {
        // Server name indication cannot carry an IP address; NIOSSL then checks the peer's own.
        let isAddress = serverName.map { (try? SocketAddress(ipAddress: $0, port: 0)) != nil }
        return try NIOSSLClientHandler(
            context: context, serverHostname: isAddress == false ? serverName : nil)
    }

    private static func certificates(_ path: String) throws(TransportError) -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMBytes(readFile(path))
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.badSettings, "\(path): not a certificate in PEM form")
        }
    }

    private static func certificates(
        inFolder path: String
    ) throws(TransportError) -> [NIOSSLCertificate] {
        guard let folder = opendir(path) else {
            throw TransportError(.badSettings, FileError.last(path).message)
        }
        defer { closedir(folder) }
        var found: [NIOSSLCertificate] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            // A folder of certificates may hold other files, too.
            found += (try? certificates(path + "/" + name)) ?? []
        }
        guard !found.isEmpty else {
            throw TransportError(.badSettings, "\(path): no certificate in PEM form in this folder")
        }
        return found
    }

    private static func readFile(_ path: String) throws(TransportError) -> [UInt8] {
        do {
            return try LocalFile.read(path)
        } catch {
            throw TransportError(.badSettings, error.message)
        }
    }
}
