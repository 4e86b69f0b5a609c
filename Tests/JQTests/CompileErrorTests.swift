import JQ
import JSON
import Testing

struct CompileErrorTests {
    private static let faults: [(program: String, message: String, line: Int, column: Int)] = [
        ("lenght", "lenght/0 is not defined; did you mean length/0?", 1, 1),
        (".a | selct(.b)", "selct/1 is not defined; did you mean select/1?", 1, 6),
        ("def total: 1;\n\"é\" | totl", "totl/0 is not defined; did you mean total/0?", 2, 7),
        ("$inptu", "$inptu is not defined; did you mean $input?", 1, 1),
        ("map(.a; .b)", "map/2 is not defined; did you mean map/1?", 1, 1),
        ("break $out", "label $out is not defined", 1, 1),
        (".a b", "syntax error: unexpected 'b', expecting the end of the program", 1, 4),
        ("[.a", "syntax error: unexpected the end of the program, expecting ']'", 1, 4),
        ("{(1): 2}", "cannot use number (1) as object key", 1, 2),
        (#""abc"#, "syntax error: a string is not closed", 1, 5),
        (#""\x""#, "syntax error: invalid escape in a string", 1, 2),
        (". ~ .", "syntax error: unexpected character '~'", 1, 3),
        ("now", "not supported: now", 1, 1),
        (". + (env)", "not supported: env", 1, 6),
        ("$ENV", "not supported: $ENV", 1, 1),
        ("input", "not supported: input", 1, 1),
        ("[inputs]", "not supported: inputs", 1, 2),
        ("halt", "not supported: halt", 1, 1),
        ("debug", "not supported: debug", 1, 1),
        ("input_filename", "not supported: input_filename", 1, 1),
        (#"import "a" as a; ."#, "not supported: import", 1, 1),
        (#"include "a"; ."#, "not supported: include", 1, 1),
        ("a::b", "not supported: modules", 1, 1),
    ]

    @Test(arguments: faults)
    func faultIsNamedAtItsPlace(fault: (program: String, message: String, line: Int, column: Int)) {
        let error = #expect(throws: JQError.self) {
            try JQProgram(compiling: fault.program, variables: ["input", "context"])
        }
        #expect(error?.message == fault.message)
        #expect(error?.line == fault.line)
        #expect(error?.column == fault.column)
        guard case .compile = error?.kind else {
            Issue.record("\(fault.program) failed with \(String(describing: error))")
            return
        }
    }

    @Test func nestingIsBoundedBeforeTheStackIs() {
        let count = 200_000
        let repeated = { (text: String) in String(repeating: text, count: count) }
        for program in [
            repeated("["), repeated("("), repeated("{a:"), repeated("-") + "1", repeated("try "),
            repeated("if 1 then "),
            repeated(".[") + "0", "1" + repeated("+1"), "." + repeated("[0]"), "." + repeated("?"), repeated("def f: "),
            repeated("\"\\("), "." + repeated("|.") + "|", ". as " + repeated("["), repeated("reduce . as $x (0; "),
            repeated("label $x | "), "1" + repeated("//1"), "1" + repeated(" as $x | 1"), "." + repeated("|=."),
        ] {
            #expect(throws: JQError.self) { try JQProgram(compiling: program) }
        }
    }

    @Test func longFlatProgramsCompile() throws {
        let sum = (0..<500).map(String.init).joined(separator: "+")
        #expect(try JQProgram(compiling: sum).first(nil) == 124_750)
        let pipe = Array(repeating: ".", count: 5000).joined(separator: "|")
        #expect(try JQProgram(compiling: pipe).first(1) == 1)
        let list = "[" + (0..<5000).map(String.init).joined(separator: ",") + "]|length"
        #expect(try JQProgram(compiling: list).first(nil) == 5000)
    }
}
