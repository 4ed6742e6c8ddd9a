// The devices at one moment: read by every request, changed by few.

internal import Atomics

final class DeviceTable: AtomicReference, Sendable {
    let devices: [AuditDevice]

    init(_ devices: [AuditDevice]) { self.devices = devices }
}
