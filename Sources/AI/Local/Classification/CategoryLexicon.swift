/// Kinds of documents that the local classifier knows: what they are called, and the words that speak for them.
///
/// A phrase before `:` weighs 3, 2 or 1; a trailing `=` marks a label at the start of a line ("from=" is "From:").
struct CategoryLexicon {
    struct Entry {
        var category: Int
        var weight: Double
    }

    /// By the category's name or synonym.
    let names: [UInt64: Int]
    /// By the hash of a word, of two or three words in a row, or of a label.
    let entries: [UInt64: [Entry]]
    let count: Int

    static let shared = CategoryLexicon()

    private init() {
        var names: [UInt64: Int] = [:]
        var entries: [UInt64: [Entry]] = [:]
        for (category, kind) in Self.kinds.enumerated() {
            for name in kind.names.split(separator: ",") { names[Self.key(String(name))] = category }
            for (list, weight) in [(kind.strong, 3.0), (kind.medium, 2), (kind.weak, 1)] {
                for phrase in list.split(separator: ",") {
                    entries[Self.key(String(phrase)), default: []].append(Entry(category: category, weight: weight))
                }
            }
        }
        // A word that speaks for many kinds says little for each: inverse document frequency over the kinds.
        let kinds = Double(Self.kinds.count)
        for (key, list) in entries {
            let share = (kinds / Double(list.count)).squareRoot() / kinds.squareRoot()
            entries[key] = list.map { Entry(category: $0.category, weight: $0.weight * share) }
        }
        self.names = names
        self.entries = entries
        self.count = Self.kinds.count
    }

    static func key(_ phrase: String) -> UInt64 {
        let label = phrase.hasSuffix("=")
        let terms = WordReader.terms(phrase)
        return key(terms, label: label)
    }

    static func key(_ terms: some Collection<UInt64>, label: Bool = false) -> UInt64 {
        sequenceHash(terms, seed: label ? 0x3D : 0)
    }

    private struct Kind {
        var names: String
        var strong: String
        var medium: String
        var weak: String
    }

    private static let kinds = [
        Kind(
            names:
                "contract,agreement,legal contract,legal agreement,vertrag,lease,license agreement,nda,legal,legal "
                + "document",
            strong:
                "this agreement,hereby agree,in witness whereof,governing law,terms and conditions,entered into,by "
                + "and between,"
                + "confidentiality,hereinafter,indemnify,termination,dieser vertrag,vertragspartei,party hereto",
            medium:
                "agreement,contract,party,clause,liability,herein,hereunder,obligation,effective date,warranty,breach,"
                + "jurisdiction,"
                + "arbitration,severability,force majeure,vertrag,assignment,intellectual property,lessee,licensee",
            weak: "shall,term,notice,written,provision,supplier,customer,signature,annex,article,law,court"),
        Kind(
            names: "invoice,bill,rechnung,facture,factura,billing",
            strong:
                "invoice number,invoice no,invoice date,amount due,total due,bill to,payment due,balance due,invoice=,"
                + "rechnung,"
                + "rechnungsnummer,rechnungsdatum,tax invoice,remit to,due date",
            medium:
                "invoice,subtotal,vat,unit price,net 30,payment terms,qty,quantity,iban,bic,purchase order,line total,"
                + "mwst,netto,brutto,"
                + "total=,tax id,vat id,betrag",
            weak: "total,amount,due,tax,payment,description,price,item,bank,eur,usd,rate,discount,customer"),
        Kind(
            names: "receipt,quittung,proof of payment,till receipt",
            strong:
                "receipt,thank you for your purchase,amount paid,change due,cash tendered,card ending,auth code,"
                + "kassenbon,quittung,"
                + "paid by card,approval code",
            medium:
                "paid,cashier,register,terminal,subtotal,store,visa,mastercard,payment received,transaction id,refund "
                + "policy,bon",
            weak: "total,cash,tax,item,card,date,time,change"),
        Kind(
            names: "report,study,analysis,bericht,annual report,rapport,informe,research,paper",
            strong:
                "executive summary,quarterly report,annual report,this report,key findings,findings,methodology,year "
                + "over year,"
                + "quarterly,recommendations,bericht,we recommend",
            medium:
                "report,summary,results,analysis,conclusion,introduction,overview,figure,compared,trend,quarter,"
                + "percent,survey,"
                + "appendix,assessment,revenue,forecast,evaluation,outlook",
            weak:
                "increase,decrease,growth,average,data,table,period,risk,market,performance,total,rose,fell,operating,"
                + "costs"
        ),
        Kind(
            names: "resume,résumé,cv,curriculum vitae,lebenslauf,job application,application",
            strong:
                "curriculum vitae,work experience,professional experience,employment history,references available,"
                + "career objective,"
                + "lebenslauf,berufserfahrung,résumé,education=,skills=,experience=",
            medium:
                "resume,education,skills,bachelor,master of,university,gpa,proficient,fluent,internship,"
                + "certifications,languages,"
                + "professional summary,degree,responsibilities",
            weak: "experience,managed,developed,led,team,engineer,present,software,project,graduated,hobbies"),
        Kind(
            names: "letter,brief,correspondence,cover letter,lettre,carta",
            strong:
                "dear sir,dear madam,yours sincerely,yours faithfully,sincerely yours,sehr geehrte,mit freundlichen "
                + "grüßen,"
                + "to whom it may concern,dear mr,dear ms",
            medium: "dear,sincerely,regards,enclosed,enclosure,i am writing,grüße,look forward",
            weak: "letter,thank you,please,write,reply,kind,contact"),
        Kind(
            names: "email,e-mail,mail,message,electronic mail",
            strong: "from=,subject=,sent=,cc=,bcc=,reply-to=,message-id=,wrote=",
            medium: "to=,date=,forwarded message,original message,attached,unsubscribe,inbox,betreff=,von=",
            weak: "email,hi,hello,thanks,regards,cheers,attachment,best"),
        Kind(
            names: "policy,guideline,policies,guidelines,privacy policy,richtlinie,procedure",
            strong:
                "this policy,privacy policy,policy applies,scope of this,compliance with this,policy statement,"
                + "acceptable use,richtlinie,"
                + "personal data,data controller",
            medium:
                "policy,employees must,compliance,procedure,guideline,violation,disciplinary,scope,responsibilities,"
                + "prohibited,"
                + "regulation,gdpr,retention,consent,cookies",
            weak: "must,required,applies,should,access,security,information,purpose,employee,approved"),
        Kind(
            names: "form,application form,questionnaire,formular,formulaire,registration form",
            strong:
                "please complete,please print,fill in,fill out,date of birth,for office use only,check one,applicant "
                + "signature,tick the box,"
                + "first name=,last name=,formular,please tick",
            medium:
                "form,applicant,signature=,name=,address=,phone=,yes no,gender,nationality,marital status,section a,"
                + "checkbox,email=",
            weak: "date,signature,select,optional,required,box,below"),
        Kind(
            names: "news,article,news article,press release,nachrichten,journalism,blog",
            strong:
                "press release,for immediate release,associated press,reuters,breaking news,spokesperson said,told "
                + "reporters,"
                + "media contact,officials said",
            medium:
                "said,announced,according to,spokesperson,spokesman,journalist,newspaper,reporters,statement,sources,"
                + "editor,minister,"
                + "government,police",
            weak: "yesterday,monday,tuesday,wednesday,thursday,friday,president,people,city,week,headline"),
        Kind(
            names:
                "support,support request,ticket,support ticket,help desk,helpdesk,bug report,technical support,"
                + "customer support,issue,incident",
            strong:
                "steps to reproduce,error message,ticket number,not working,does not work,doesn't work,support team,"
                + "please help,"
                + "cannot log in,can't log in,support ticket,stack trace",
            medium:
                "error,problem,issue,crash,crashes,bug,help,troubleshoot,login,password,reset,restart,fails,failed,"
                + "reinstall,unable to",
            weak: "tried,version,browser,account,update,install,screen,app,device,website,support,fix"),
        Kind(
            names: "complaint,beschwerde,grievance,customer complaint",
            strong:
                "complaint,i am disappointed,very disappointed,unacceptable,formal complaint,demand a refund,full "
                + "refund,beschwerde,"
                + "poor service,extremely dissatisfied",
            medium:
                "disappointed,refund,dissatisfied,terrible,frustrated,broken,rude,compensation,worst,damaged,never "
                + "again,angry",
            weak: "waited,delay,late,manager,service,order,promised,return,quality"),
        Kind(
            names: "spam,junk,advertisement,advertising,promotion,marketing,werbung,phishing,scam",
            strong:
                "click here,act now,limited time offer,you have won,claim your prize,100 free,risk free,winner,free "
                + "gift,buy now,"
                + "no obligation,verify your account,lottery,exclusive offer,special offer",
            medium:
                "free,offer,prize,discount,guarantee,urgent,congratulations,cash,bonus,unsubscribe,viagra,casino,deal,"
                + "subscribe,sale,"
                + "limited time,save",
            weak: "today,now,money,win,click,link,amazing,best,earn,cheap,hurry"),
        Kind(
            names: "minutes,meeting minutes,meeting notes,protokoll,protocol,meeting",
            strong:
                "meeting minutes,minutes of,attendees=,action items,meeting adjourned,next meeting,agenda,"
                + "tagesordnung,protokoll,present=,"
                + "apologies=,called to order",
            medium:
                "attendees,minutes,meeting,adjourned,motion,seconded,chair,discussed,agreed,quorum,agenda item,board",
            weak: "decided,discussion,vote,approved,follow up,action,participants,secretary"),
        Kind(
            names:
                "manual,instructions,guide,user guide,user manual,handbook,documentation,technical documentation,"
                + "anleitung,tutorial,how-to",
            strong:
                "user manual,user guide,getting started,safety instructions,troubleshooting,installation guide,"
                + "bedienungsanleitung,"
                + "table of contents,before you begin",
            medium:
                "manual,instructions,install,configure,step,press the,click,warning,caution,button,assembly,settings,"
                + "command,"
                + "configuration,connect",
            weak: "note,switch,device,screen,select,menu,power,remove,insert,usage,parameter,example"),
        Kind(
            names: "purchase order,order,po,bestellung,order confirmation,sales order",
            strong:
                "purchase order,po number,order number,ship to,delivery date,order confirmation,bestellung,"
                + "bestellnummer,order date",
            medium: "order,shipping,supplier,deliver,quantity,unit price,item no,buyer,vendor,ordered",
            weak: "qty,total,price,description,address,ship,item"),
        Kind(
            names: "proposal,offer,quote,quotation,angebot,bid,tender,business proposal",
            strong:
                "proposal,quotation,this proposal,scope of work,quote valid,we propose,angebot,request for proposal,"
                + "valid until,"
                + "statement of work,our offer",
            medium:
                "propose,deliverables,timeline,milestones,pricing,budget,objectives,approach,estimate,client,bid,"
                + "tender",
            weak: "project,team,phase,solution,cost,schedule,benefits,offer,experience"),
        Kind(
            names: "medical,medical record,medical report,health,clinical,discharge summary,arztbrief",
            strong:
                "patient,diagnosis,medical history,blood pressure,discharge summary,mg daily,chief complaint,"
                + "prescribed,diagnose",
            medium:
                "treatment,symptoms,physician,doctor,medication,clinical,hospital,dose,examination,surgery,chronic,"
                + "therapy,mg",
            weak: "pain,history,test,normal,acute,health,care,admitted,follow-up"),
    ]
}
