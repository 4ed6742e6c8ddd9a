// The attributes of a subject beside its common name.

import Certificates
import Paths
import PluginSDK

struct SubjectParts: Sendable {
    var units: [String] = []
    var organizations: [String] = []
    var countries: [String] = []
    var localities: [String] = []
    var provinces: [String] = []
    var streets: [String] = []
    var postalCodes: [String] = []

    static let fields: [Field] = [
        .stringList("ou", "Organizational units of the subject."),
        .stringList("organization", "Organizations of the subject."),
        .stringList("country", "Countries of the subject."),
        .stringList("locality", "Localities of the subject."),
        .stringList("province", "Provinces of the subject."),
        .stringList("street_address", "Street addresses of the subject."),
        .stringList("postal_code", "Postal codes of the subject."),
    ]

    init(
        units: [String], organizations: [String], countries: [String], localities: [String],
        provinces: [String], streets: [String], postalCodes: [String]
    ) {
        self.units = units
        self.organizations = organizations
        self.countries = countries
        self.localities = localities
        self.provinces = provinces
        self.streets = streets
        self.postalCodes = postalCodes
    }

    init(_ fields: FieldValues) {
        func texts(_ name: String) -> [String] { fields.stringList(name) ?? [] }
        self.init(
            units: texts("ou"), organizations: texts("organization"), countries: texts("country"),
            localities: texts("locality"), provinces: texts("province"),
            streets: texts("street_address"), postalCodes: texts("postal_code"))
    }

    /// In the order that is usual: from the country to what is particular.
    func name(
        commonName: String, serialNumber: String, userIDs: [String]
    ) -> DistinguishedName {
        var name = DistinguishedName()
        name.append(.country, countries)
        name.append(.organization, organizations)
        name.append(.organizationalUnit, units)
        name.append(.locality, localities)
        name.append(.province, provinces)
        name.append(.streetAddress, streets)
        name.append(.postalCode, postalCodes)
        name.append(.commonName, [commonName])
        name.append(.nameSerialNumber, [serialNumber])
        name.append(.userID, userIDs)
        return name
    }
}

extension DistinguishedName {
    /// In DER. Control characters are refused: a NUL has fooled readers in C about where a name
    /// ends.
    func encoded() throws(PluginError) -> [UInt8] {
        for attribute in parts.joined()
        where attribute.value.unicodeScalars.contains(where: {
            $0.properties.generalCategory == .control
        }) {
            throw PluginError(.invalidRequest, "a name of the subject has control characters")
        }
        return der
    }
}
