// When something that anyone may read has changed last (`Last-Modified`), and 304 for who has it
// already (RFC 9110, 8.8.2 and 13.1.3).

import Certificates
import Clock
import PluginSDK

extension CertificateTime {
    /// When a change comes to pass that follows another one: never in the same second, since a
    /// client that has seen what was before could not tell.
    func change(after before: CertificateTime?) -> CertificateTime {
        before.map { max(self, $0.adding(seconds: 1)) } ?? self
    }
}

extension Answer {
    /// The same with its time, or 304. A time that is still to come is kept back: whoever had it
    /// would be ahead of the clock by which they ask.
    func changed(_ time: CertificateTime, for request: Request) -> Answer {
        let now = CertificateTime(request.now)
        guard time.seconds > 0, time <= now, status != 204 else { return self }
        let header = TextPair("Last-Modified", Timestamp(seconds: time.seconds).httpDate)
        let since = request.header("If-Modified-Since").flatMap { Timestamp(httpDate: $0) }
        // A client whose clock is ahead would never see a change.
        if let since, since.seconds >= time.seconds, since.seconds <= now.seconds {
            return Answer(status: 304, headers: [header])
        }
        var answer = self
        answer.headers.append(header)
        return answer
    }
}
