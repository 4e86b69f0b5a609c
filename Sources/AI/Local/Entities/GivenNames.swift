/// Common given names of several countries, without those that are words or months as well.
enum GivenNames {
    static let all: Set<String> = Set(list.split(whereSeparator: \.isWhitespace).map(String.init))

    private static let list = """
        aaron abigail adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alice alicia alison amanda
        amelia amir amy ana anders andrea andreas andrew angela anita anja ann anna anne annette anthony antonio arjun
        arthur astrid barbara beatrice ben benjamin bernard bernd birgit bjorn brian bruno camille carl carla carlos
        carmen carol caroline catherine cecilia charles charlotte chen chloe christian christina christine christoph
        christopher claire clara claudia colin cristina daniel daniela david deborah dennis diana diego dieter dimitri
        dmitri dominik donald dorothy edith eduardo edward elena elias elisabeth elizabeth ella ellen emil emily emma
        eric erik ethan eva evelyn fabian fatima felix fernando fiona florian frances francesca francesco francisco
        frank franz frederik friedrich gabriel gabriele gareth george georg gerald gerhard gianni giovanni giulia grace
        graham greta guillaume gustav hannah hans harald harriet hassan heather heidi heike heinz helen helena helga
        henri henry hiroshi holger hugo ian ibrahim igor ines ingrid irene isabel isabella ivan jack jacob jacques james
        jan jane janet jason javier jean jennifer jens jessica jim joachim joan joana joanna johan johann johannes john
        jonas jonathan jorge jose josé josef joseph joshua juan juana judith julia julian julie julien jürgen karen
        karin karl katarina katharina katherine kathleen katrin keith kenji kenneth kevin khalid klaus kristin lars
        laura lauren lea leila lena leon leonard leonardo liam lina linda lisa liu lorenzo louis louise luca lucas lucia
        lucy luis luisa lukas magdalena malik manfred manuel marcel marco marcus margaret maria mariam marie marina
        mario marion markus marta martha martin martina mary mateo matteo matthew matthias maximilian mehmet melissa
        michael michel michelle miguel mohamed mohammed monica monika muhammad nadia nancy naomi natalia natalie nathan
        neha nicholas nicola nicolas nicole nils nina noah nora oleg olga oliver olivia olivier omar oscar otto pablo
        pamela patricia patrick paul paula pedro peter petra philip philipp pierre priya rachel rafael rahul ralf raj
        rajesh ravi rebecca renate ricardo richard robert roberto roger roland ronald rosa ruth ryan sabine samuel
        sandra sanjay sara sarah satoshi sebastian sergei sergio sharon silvia simon simone sofia sonia sophia sophie
        stefan stefanie stephan stephanie stephen steven sunita susan susanne sven svetlana sylvia tanja tatiana theodor
        theresa thomas tim timothy tobias tom tomas uwe valentina vanessa vera veronica victor victoria viktor vincent
        virginia vladimir volker walter wei werner william wolfgang xavier yasmin yuki yusuf yvonne zhang zoe
        """
}
