/// The functions that are written in the language itself.
enum Prelude {
    private static let source = #"""
        def recurse: recurse(.[]?);
        def recurse(f): def visit: ., (f | visit); visit;
        def recurse(f; condition): def visit: ., (f | select(condition) | visit); visit;
        def first: .[0];
        def last: .[-1];
        def nth($n): .[$n];
        def nth($n; f):
          if $n < 0 then error("nth doesn't support negative indices") else first(skip($n; f)) end;
        def skip($n; f):
          if $n > 0 then foreach f as $item ($n; . - 1; if . < 0 then $item else empty end)
          elif $n == 0 then f
          else error("skip doesn't support negative count") end;
        def until(condition; update): def loop: if condition then . else (update | loop) end; loop;
        def while(condition; update): def loop: if condition then ., (update | loop) else empty end; loop;
        def repeat(update): def loop: update, loop; loop;
        def walk(f):
          def visit: if type == "object" then map_values(visit) elif type == "array" then map(visit) else . end | f;
          visit;
        def arrays: select(type == "array");
        def objects: select(type == "object");
        def iterables: select(type | . == "array" or . == "object");
        def booleans: select(type == "boolean");
        def numbers: select(type == "number");
        def normals: select(isnormal);
        def finites: select(isinfinite or isnan | not);
        def strings: select(type == "string");
        def nulls: select(. == null);
        def values: select(. != null);
        def scalars: select(type | . != "array" and . != "object");
        def in(container): . as $key | container | has($key);
        def inside(container): . as $part | container | contains($part);
        def paths: path(..) | select(length > 0);
        def paths(condition): . as $top | paths | select(. as $path | $top | getpath($path) | condition);
        def leaf_paths: paths(scalars);
        def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));
        def combinations:
          if length == 0 then [] else .[0][] as $head | (.[1:] | combinations) as $rest | [$head] + $rest end;
        def combinations($n): . as $choices | [range($n)] | map($choices) | combinations;
        def ascii: [.] | implode;
        def tostream:
          path(def deepFirst: (.[]? | deepFirst), .; deepFirst) as $path
          | getpath($path)
          | reduce path(.[]?) as $child ([$path, .]; [$path + $child]);
        def fromstream(f):
          foreach f as $event ({};
            (if .done then {} else . end)
            | if $event | length == 2
              then .done = ($event[0] | length == 0) | setpath(["value"] + $event[0]; $event[1])
              else .done = ($event[0] | length == 1) end;
            if .done then .value else empty end);
        def truncate_stream(f):
          . as $depth | null | f | select(.[0] | length > $depth) | .[0] |= .[$depth:];
        def INDEX(f; key): reduce f as $row ({}; .[$row | key | tostring] = $row);
        def INDEX(key): INDEX(.[]; key);
        def IN(f): any(f == .; .);
        def IN(source; f): any(source == f; .);
        def JOIN($index; key): [.[] | [., $index[key]]];
        def JOIN($index; f; key): f | [., $index[key]];
        def JOIN($index; f; key; joined): f | [., $index[key]] | joined;
        def match($pattern; $flags): _match($pattern; $flags; false)[];
        def match($pattern): _match($pattern; null; false)[];
        def test($pattern; $flags): _match($pattern; $flags; true);
        def test($pattern): _match($pattern; null; true);
        def _named: reduce (.captures[] | select(.name != null)) as $part ({}; .[$part.name] = $part.string);
        def capture($pattern; $flags): match($pattern; $flags) | _named;
        def capture($pattern): match($pattern) | _named;
        def scan($pattern; $flags):
          match($pattern; "g" + $flags) | if .captures == [] then .string else [.captures[].string] end;
        def scan($pattern): scan($pattern; null);
        def splits($pattern; $flags): split($pattern; $flags)[];
        def splits($pattern): split($pattern; null)[];
        def sub($pattern; replacement; $flags):
          . as $text
          | reduce match($pattern; $flags) as $match ({parts: [], from: 0};
              $text[.from:$match.offset] as $between
              | [$match | _named | replacement] as $new
              | reduce range($new | length) as $i (.; .parts[$i] += $between + $new[$i])
              | .from = $match.offset + $match.length)
          | if .parts == [] then $text else .parts[] + $text[.from:] end;
        def sub($pattern; replacement): sub($pattern; replacement; "");
        def gsub($pattern; replacement; $flags): sub($pattern; replacement; $flags + "g");
        def gsub($pattern; replacement): sub($pattern; replacement; "g");
        def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
        def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
        def todateiso8601: todate;
        def fromdate: fromdateiso8601;
        def date: todate;
        def dateadd(unit; $n): . + $n;
        def datesub(unit; $n): . - $n;
        """#

    /// By `name/arity`. Empty if the source above were wrong, which a test notices.
    static let definitions: [String: FunctionDefinition] = {
        let parsed = (try? Parser.parseDefinitions(source)) ?? []
        return Dictionary(parsed.map { ($0.signature, $0) }, uniquingKeysWith: { first, _ in first })
    }()

    /// Every function that a program can call.
    static let names: [String] = Set(
        definitions.keys + Builtins.names + SpecialForm.allCases.map(\.rawValue)
    ).sorted()

    /// Functions of jq that reach outside the program.
    static let unsupported: Set<String> = [
        "now/0", "env/0", "input/0", "inputs/0", "debug/0", "debug/1", "debug/2", "stderr/0", "input_filename/0",
        "input_line_number/0", "halt/0", "halt_error/0", "halt_error/1", "get_search_list/0", "modulemeta/0",
        "get_prog_origin/0", "get_jq_origin/0",
    ]
}
