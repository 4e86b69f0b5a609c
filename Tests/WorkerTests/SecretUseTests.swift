import Foundation
import JSON
import Storage
import Testing

@Suite struct SecretMaskTests {
    private let secret = "s3cr3t/\"+ü value"

    @Test func aSecretIsMaskedInTheFormsInWhichItTravels() {
        let mask = SecretMask([secret])
        let forms = [
            secret, JSONValue.string(secret).serialized(), Data(secret.utf8).base64EncodedString(),
            secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "",
            secret.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed) ?? "",
        ]
        for form in forms {
            let masked = mask("before \(form) after")
            #expect(masked.hasPrefix("before ") && masked.hasSuffix(" after") && masked.contains("***"), "\(form)")
            #expect(!masked.contains("s3cr3t"), "\(form)")
        }
    }

    @Test func valuesKeysAndDepthsAreMaskedAndTheRestIsLeft() {
        let mask = SecretMask(["token-1", "token-12"])
        let value: JSONValue = ["a": ["x token-12 y", 5, .null], "token-1": ["b": "other"]]
        #expect(mask(value) == ["a": ["x *** y", 5, .null], "***": ["b": "other"]])
        #expect(SecretMask.none(value) == value && SecretMask(["abc"]).isEmpty)
    }
}
