/// Words that say nothing about a text's subject. English in full, German, French and Spanish their commonest; for
/// other languages the weights of frequent words fall anyway.
enum StopWords {
    /// Hashes of whole words (`Word.literal`).
    static let literals: Set<UInt64> = Set(
        list.split(whereSeparator: \.isWhitespace).map { word in termHash(word.unicodeScalars.map(\.value)) })

    private static let list = """
        a about above after again against all also am an and any are as at be became because been before being below
        between both but by can cannot could did do does doing done down during each either etc even ever every few for
        from further get got had has have having he her here hers herself him himself his how however i if in into is it
        its itself just may me might more most much must my myself neither no nor not now of off on once one only or
        other our ours out over own per rather s same shall she should since so some such t than that the their theirs
        them themselves then there therefore these they this those through thus to too two under until up upon us very
        via was we were what when where whether which while who whom whose why will with within without would yet you
        your yours der die das den dem des ein eine einer eines einem einen und oder aber ist sind war waren wird werden
        wurde wurden nicht mit von zu zum zur im in auf für an bei nach aus als auch es sich dass wie durch über vor sie
        er wir ihr ich nur noch le la les un une des du de et ou mais est sont était pas ne que qui dans sur pour par
        avec sans ce cette ces il elle nous vous ils elles au aux se son sa ses leur leurs plus comme el los las una
        unos unas del y o pero es son era no que en con por para se su sus lo al como más este esta estos estas
        """
}
