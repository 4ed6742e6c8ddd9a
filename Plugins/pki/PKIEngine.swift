// The engine's paths, and which of them need no login or more than most.

import PluginSDK

func pkiEngine(_ configuration: MountConfiguration = MountConfiguration()) -> Engine {
    let mount = PKIMount(configuration)
    return Engine(
        paths: issuePaths(mount) + signPaths(mount) + signVerbatimPaths(mount)
            + rolePaths(mount)
            // Revocation before the issuer's own path, and the issuer's path last of its kind.
            + statusPaths(mount) + resignPaths(mount) + listPaths(mount) + revokePaths(mount)
            + tidyPaths(mount)
            + certificateReadPaths(mount) + authorityReadPaths(mount)
            + signIntermediatePaths(mount) + signSelfIssuedPaths(mount)
            + generateRootPaths(mount) + generateIntermediatePaths(mount) + importPaths(mount)
            + authorityListPaths(mount) + keyPaths(mount) + urlPaths(mount) + defaultPaths(mount)
            + [listConfigPath(mount), issuerPath(mount), deleteRootPath(mount)],
        leases: [certificateLease(mount)],
        unauthenticated: [
            "cert/*", "ca", "ca/pem", "ca_chain",
            "crl", "crl/pem", "crl/delta", "crl/delta/pem",
            "issuer/+/crl", "issuer/+/crl/der", "issuer/+/crl/pem",
            "issuer/+/crl/delta", "issuer/+/crl/delta/der", "issuer/+/crl/delta/pem",
            "issuer/+/pem", "issuer/+/der", "issuer/+/json",
            "issuers/", "ocsp", "ocsp/*",
        ],
        sudo: ["root", "root/sign-self-issued", "issuer/+/sign-self-issued"],
        wake: { wake($0, mount) })
}
