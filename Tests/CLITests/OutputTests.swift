import JSON
import Testing

@testable import CLI

@Suite("Output")
struct OutputTests {
    @Test("columns are as wide as their widest cell, and an empty cell reads n/a")
    func table() {
        var table = Table("Path", "Type")
        table.append("secret/", "kv")
        table.append("x", "")
        #expect(table.text == "Path       Type\n----       ----\nsecret/    kv\nx          n/a")
    }

    @Test("control characters of a stored secret do not reach the terminal")
    func controlCharacters() {
        var table = Table("Key", "Value")
        table.append("k", "a\u{1B}]0;title\u{07}b\u{202E}c")
        #expect(table.text.hasSuffix(#"a\x1b]0;title\x07b\x202ec"#))
    }

    @Test("lists and maps are written as Go writes them")
    func plainValues() throws {
        let value = try JSONValue(parsing: #"{"b":[1,"x",null],"a":{"k":true}}"#)
        #expect(PlainValue.text(value) == "map[a:map[k:true] b:[1 x <nil>]]")
    }

    @Test(
        "numbers whose name says that they are seconds are durations",
        arguments: [
            ("ttl", "1h"), ("default_lease_ttl", "1h"), ("period", "1h"), ("lease_duration", "1h"),
            ("version", "3600"), ("settle", "3600"),
        ])
    func durations(name: String, text: String) {
        #expect(PlainValue.text(3600, named: name) == text)
    }

    @Test("headings are centred over their table")
    func headings() {
        #expect(Heading.text("Data", over: ["password": "x"]) == "====== Data ======")
        #expect(Heading.text("Data", over: ["k": "x"]) == "== Data ==")
        #expect(Heading.text("Secret Path", width: 16) == "== Secret Path ==")
        #expect(
            Heading.text("Metadata", over: ["custom_metadata": 1]) == "======= Metadata =======")
    }

    @Test("YAML sorts keys and quotes what could be read as something else")
    func yaml() throws {
        let value = try JSONValue(
            parsing: #"""
                {"z":"plain text","a":{"yes":"no","n":1.50,"e":{}},
                 "l":["x",{"k":"1","j":[1,[2]]},[]],
                 "t":"2026-01-01T00:00:00Z","m":"a\nb","q":"it's: \"x\"","s":" ","empty":""}
                """#)
        #expect(
            YAML.text(value) == #"""
                a:
                  e: {}
                  "n": 1.50
                  "yes": "no"
                empty: ""
                l:
                - x
                - j:
                  - 1
                  - - 2
                  k: "1"
                - []
                m: "a\nb"
                q: "it's: \"x\""
                s: " "
                t: "2026-01-01T00:00:00Z"
                z: plain text
                """#)
    }

    @Test("an answer's JSON has the members in the usual order and the numbers as they came")
    func json() throws {
        let body =
            #"{"data":{"b":1.10,"a":{"d":1,"c":2}},"lease_duration":5,"request_id":"r","#
            + #""auth":null,"mount_type":"kv","warnings":null,"lease_id":"","renewable":false,"#
            + #""wrap_info":null}"#
        let secret = try #require(try Secret(parsing: Array(body.utf8)))
        #expect(
            secret.json.encodedString()
                == #"{"request_id":"r","lease_id":"","lease_duration":5,"renewable":false,"#
                + #""data":{"a":{"c":2,"d":1},"b":1.10},"warnings":null,"mount_type":"kv"}"#)
    }

    @Test("a token's table shows a token without end as such, and its metadata")
    func tokenTable() throws {
        let auth: JSONObject = [
            "client_token": "hvs.x", "accessor": "acc", "lease_duration": 0, "renewable": false,
            "token_policies": ["default", "root"], "policies": ["root"], "metadata": ["who": "me"],
        ]
        let text = try #require(SecretTable.text(Secret(auth: auth)))
        #expect(text.contains("token_duration       ∞\n"))
        #expect(text.contains(#"token_policies       ["default" "root"]"#))
        #expect(text.contains("identity_policies    []"))
        #expect(text.hasSuffix("token_meta_who       me"))
    }

    @Test("HCL is laid out with its comments, texts and heredocs untouched")
    func hclLayout() {
        let source = """


            # who
            path "secret/data/*"   {
            capabilities=["read",   "list"]  // why
                min_wrapping_ttl   =  "1s # no comment"


            allowed_parameters = {
            "a" = [ ]
            "long name" = ["x"]
            }

            }
            x = <<EOF
              { keep this = exactly
            EOF
            """
        let wanted = """
            # who
            path "secret/data/*" {
              capabilities     = ["read", "list"] // why
              min_wrapping_ttl = "1s # no comment"

              allowed_parameters = {
                "a"         = []
                "long name" = ["x"]
              }
            }
            x = <<EOF
              { keep this = exactly
            EOF

            """
        #expect(HCLLayout.formatted(source) == wanted)
        #expect(HCLLayout.formatted(wanted) == wanted)
    }
}
