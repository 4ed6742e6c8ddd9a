import HTTPAPI
import Testing

@Suite struct HTTPLimitsTests {
    private let limits = HTTPLimits()

    @Test("a request line fits into a head, and a head is small beside a body")
    func sizesAgree() {
        #expect(limits.maxTargetBytes < limits.maxHeadBytes)
        #expect(limits.maxHeadBytes < limits.maxBodyBytes)
    }

    @Test("a body may have as many values as the largest batch with ten of them in each item")
    func valuesAgree() {
        #expect(limits.maxValues == 10 * limits.maxParameters)
    }

    @Test("a client that waits for its next request has longer than one that is sending it")
    func timesAgree() {
        #expect(limits.headTimeoutSeconds <= limits.bodyTimeoutSeconds)
        #expect(limits.bodyTimeoutSeconds < limits.idleTimeoutSeconds)
        #expect(limits.lingerSeconds < limits.writeStallTimeoutSeconds)
    }
}
