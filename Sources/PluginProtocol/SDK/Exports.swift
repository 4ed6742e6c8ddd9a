// The few names of the wire that a plugin's author meets.

@_exported public import struct Clock.Timestamp
@_exported public import struct Wire.AuthGrant
@_exported public import enum Wire.DatabaseOperation
@_exported public import enum Wire.FailureCode
@_exported public import struct Wire.LeaseGrant
@_exported public import enum Wire.PluginType
@_exported public import struct Wire.RawBody
@_exported public import struct Wire.TextPair
@_exported public import enum Wire.TokenType
