/// How the comparison looks.
enum ComparisonStyle {
    /// Six series can be told apart by colour, and by the dashes of their lines where there is none.
    static let seriesCount = 6

    static func fill(_ place: Int) -> String { "fill-\(place % seriesCount)" }
    static func line(_ place: Int) -> String { "line-\(place % seriesCount)" }

    /// A legend above a picture: HTML, so that it wraps and stays legible on a phone.
    static func legend(_ entries: [(place: Int, name: String)]) -> String {
        let items = entries.map {
            "<li><svg viewBox=\"0 0 24 8\" class=\"key\"><line class=\"\(line($0.place))\" x1=\"0\" x2=\"24\" y1=\"4\" "
                + "y2=\"4\"/></svg>\(HTML.escaped($0.name))</li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    static let sheet = """

        :root { --page: #fdfdfc; --text: #1d232d; --soft: #5b6472; --line: #dfe3e9; --card: #f3f5f7; --good: #17703a;
          --bad: #a8261d; --s0: #b4531a; --s1: #a77b06; --s2: #2563c9; --s3: #17803f; --s4: #7546c2; --s5: #0e7c88; }
        @media (prefers-color-scheme: dark) { :root { --page: #13161b; --text: #e7eaef; --soft: #9ba5b4; --line: #2b323d;
          --card: #1b2028; --good: #63c98a; --bad: #ff8d83; --s0: #f09a5d; --s1: #dcb94e; --s2: #78a9ff; --s3: #5fca88;
          --s4: #b898f5; --s5: #57c4cf; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
        main { max-width: 66rem; margin: 0 auto; padding: clamp(1rem, 4vw, 2.5rem); }
        h1 { font-size: clamp(1.4rem, 4.5vw, 2rem); line-height: 1.2; letter-spacing: -.01em; margin: 0 0 .5rem; }
        h2 { font-size: 1.1rem; margin: 0 0 .5rem; } section { margin: 2rem 0; }
        p { margin: .25rem 0 .75rem; max-width: 46rem; } .lead { color: var(--soft); font-size: 1.05rem; }
        .warning { color: var(--bad); font-weight: 600; } .good { color: var(--good); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .9rem; }
        .cards article { background: var(--card); border-radius: .6rem; padding: 1rem 1.1rem; }
        .cards h2 { font-size: 1rem; margin: 0; } .cards p { color: var(--soft); font-size: .9rem; margin: .1rem 0 .5rem; }
        .cards .figure { margin: 0; } .cards b { color: var(--text); font-size: 1.15rem; font-weight: 650; }
        .cards b.good { color: var(--good); }
        .swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; margin-right: .5rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .32rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
        th { font-weight: 400; } thead th { font-weight: 650; vertical-align: bottom; white-space: normal; }
        th:first-child { text-align: left; position: sticky; left: 0; background: var(--page); white-space: normal;
          min-width: 11rem; }
        @media (max-width: 40rem) { table { font-size: .9rem; } th, td { padding: .3rem .4rem; }
          th:first-child { min-width: 8.5rem; } }
        .group th { color: var(--soft); font-size: .82rem; padding-top: 1rem; letter-spacing: .02em; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 2rem; }
        figure { margin: 0; break-inside: avoid; } figcaption { font-weight: 650; }
        figure p { color: var(--soft); font-size: .85rem; margin: 0 0 .4rem; }
        .legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .2rem 0 .4rem; padding: 0;
          font-size: .85rem; } .legend li { display: flex; align-items: center; }
        svg { width: 100%; height: auto; display: block; } .key { width: 1.5rem; height: .5rem; margin-right: .4rem; }
        svg text { fill: var(--soft); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
        svg .name { fill: var(--text); } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); }
        \((0..<seriesCount).map(series).joined(separator: "\n"))
        dl { margin: 0; display: grid; gap: .9rem; max-width: 50rem; } dt { font-weight: 650; } dd { margin: .1rem 0 0; }
        footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
          font-size: .85rem; } footer h2 { font-size: .95rem; } footer p { max-width: 60rem; }
        @media print { :root { --page: #fff; --text: #000; --soft: #444; --line: #ccc; --card: #fff; --good: #17703a;
          --s0: #b4531a; --s1: #8a6500; --s2: #2563c9; --s3: #17803f; --s4: #7546c2; --s5: #0e7c88; }
          body { font-size: 10pt; } main { max-width: none; padding: 0; } section, .cards article { break-inside: avoid; }
          .cards article { border: 1px solid var(--line); } .scroll { overflow: visible; } }

        """

    private static let dashes = ["none", "7 3", "2 3", "none", "9 3 2 3", "5 5"]

    private static func series(_ place: Int) -> String {
        let dash = dashes[place % dashes.count]
        return ".fill-\(place) { fill: var(--s\(place)); background: var(--s\(place)); } "
            + ".line-\(place) { fill: none; stroke: var(--s\(place)); stroke-width: 2; stroke-dasharray: \(dash); "
            + "stroke-linejoin: round; }"
    }
}
