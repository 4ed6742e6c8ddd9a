// The engine's paths.

import PluginSDK

func kubernetesEngine(_ cluster: any Cluster, pod: PodFiles) -> Engine {
    Engine(
        paths: [configPath, listRolesPath, rolePath, loginPath(cluster, pod)],
        unauthenticated: ["login"], renewLogin: renewLogin)
}
