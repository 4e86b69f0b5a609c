/// Words that tell names from other capitalised words; all in lower case.
enum NameCues {
    enum Cue { case party, organization, person, signature }

    static let longest = 14

    /// A name of this kind follows.
    static let before: [String: Cue] = {
        var cues: [String: Cue] = [:]
        for word in words("between zwischen entre") { cues[word] = .party }
        for word in organizationLabels { cues[word] = .organization }
        for word in personLabels { cues[word] = .person }
        return cues
    }()

    static let organizationLabels = words(
        "vendor supplier customer client seller buyer company employer issuer licensor licensee contractor lessor "
            + "lessee landlord payee"
    )
    static let personLabels = words("dear name attn attention author contact signatory candidate applicant")
    static let labels = organizationLabels.union(personLabels).union(
        words("from to by bill ship sold issued prepared signed"))
    /// Ends of "Kind regards," and its like.
    static let closings = words("regards sincerely faithfully truly grüßen gruß signed cordialement wishes")
    /// Between a cue and the name.
    static let transparent = words("the a an by and yours")

    static let legalForms = words(
        "inc incorporated gmbh ag ltd limited llc llp lp plc corp corporation co company sarl sas srl spa bv nv ab oy "
            + "oyj as asa aps kg kgaa "
            + "ohg ug ev pty pte sa")
    static let institutions = words(
        "university universität institute institut bank foundation stiftung association ministry agency council "
            + "commission hospital "
            + "academy college parliament holdings group partners consortium logistics technologies industries")
    /// Legal forms that are written with a full stop.
    static let stopped = words("inc ltd co corp st")
    static let titles = words(
        "mr mrs ms miss dr prof professor herr frau mme madame monsieur sir dame señor señora capt judge president")
    static let connectors = words("of and & de la le du des van von der den für del di da und et y the for")
    static let conjunctions = words("and und et y")
    static let particles = words("de la le du van von der den del di da")
    /// Capitalised in headings and defined terms, no names.
    static let common = words(
        "agreement contract invoice report date number total amount service services terms section article page party "
            + "parties order "
            + "street road avenue january february march april may june july august september october november "
            + "december monday tuesday "
            + "wednesday thursday friday saturday sunday confidential schedule annex effective payment address sir "
            + "madam team"
    )

    private static func words(_ list: String) -> Set<String> { Set(list.split(separator: " ").map(String.init)) }
}
