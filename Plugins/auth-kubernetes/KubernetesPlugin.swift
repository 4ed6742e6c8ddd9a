// The Kubernetes auth method: a pod shows the token of its ServiceAccount, and the cluster's API
// server says whose it is.

import PluginSDK

@main
struct KubernetesPlugin: Plugin {
    static let name = "kubernetes"
    static let version = "0.1.0"
    static let type = PluginType.auth

    func engine(for mount: MountConfiguration) throws -> Engine {
        kubernetesEngine(KubernetesCluster(), pod: PodFiles.ofThisProcess)
    }
}
