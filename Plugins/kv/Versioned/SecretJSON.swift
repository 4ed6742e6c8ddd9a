// How a secret's metadata look in answers.

import Clock
import JSON
import PluginSDK

extension JSONWriter {
    /// What a write answers, and what `data` answers as "metadata".
    mutating func versionMembers(_ number: UInt64, _ version: SecretVersion, of secret: Secret) {
        time("created_time", version.created)
        customMetadata(secret.customMetadata)
        time("deletion_time", version.deletion)
        member("destroyed", version.isDestroyed)
        member("version", number)
    }

    mutating func customMetadata(_ metadata: CustomMetadata) {
        key("custom_metadata")
        if metadata.pairs.isEmpty { return null() }
        beginObject()
        for pair in metadata.pairs { member(pair.key, pair.value) }
        endObject()
    }

    /// A time that never came is the empty string.
    mutating func time(_ name: String, _ time: Timestamp?) {
        key(name)
        string(time?.rfc3339 ?? "")
    }
}

extension Answer {
    /// `{"data": …, "metadata": …}`, or 404 with the metadata and `null` if the version is deleted
    /// or destroyed. `name` is what the data are called.
    static func version(
        _ number: UInt64, _ version: SecretVersion, of secret: Secret, _ name: String,
        data: ArraySlice<UInt8>?
    ) -> Answer {
        var writer = JSONWriter(reservingCapacity: 256 + (data?.count ?? 0))
        writer.beginObject()
        writer.key(name)
        if let data { writer.raw(data) } else { writer.null() }
        writer.key("metadata")
        writer.beginObject()
        writer.versionMembers(number, version, of: secret)
        writer.endObject()
        writer.endObject()
        var answer = Answer.json(writer.bytes)
        if data == nil { answer.status = 404 }
        return answer
    }
}
