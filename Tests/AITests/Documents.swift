/// Realistic texts, written for these tests.
enum Documents {
    static let contract = """
        SERVICE AGREEMENT

        This Service Agreement (the "Agreement") is entered into on 15 March 2026 by and between Northwind Traders GmbH, a company registered in Berlin
        (the "Supplier"), and Acme Robotics, Inc., a Delaware corporation (the "Customer").

        1. Services. The Supplier shall provide maintenance services for the packaging lines at the Customer's plant in Dresden, as described in Annex A.

        2. Term. This Agreement starts on April 1, 2026 and runs for twenty-four months. Either party may terminate it with ninety days' written notice. After
        the first year, Mr. Jonas Weber and Dr. Maria Keller review the service levels.

        3. Fees. The Customer shall pay EUR 12,500.00 per month, plus VAT, within 30 days of the invoice, to the account DE89 3704 0044 0532 0130 00. Late
        payments bear interest at nine percentage points above the base rate. The total liability of the Supplier is limited to $1.5 million.

        4. Confidentiality. Each party keeps the other party's confidential information secret for five years after the end of this Agreement.

        5. Governing law. This Agreement is governed by the laws of Germany. Disputes are settled by the courts of Berlin.

        Notices: legal@northwind.example or +49 30 901820. See https://northwind.example/terms(v2).

        Kind regards,
        Eleanor Vance
        Head of Legal
        """

    static let invoice = """
        Northwind Traders GmbH
        Hafenstr. 12, 10115 Berlin

        INVOICE

        Invoice number: INV-2026-0117
        Invoice date: 2026-05-04
        Due date: 03.06.2026
        Bill to: Acme Robotics, Inc.

        | Item | Qty | Unit price | Amount |
        |---|---|---|---|
        | Maintenance, April | 1 | 12,500.00 | 12,500.00 |
        | Spare belt B-220 | 4 | 85.50 | 342.00 |

        Subtotal: EUR 12,842.00
        VAT 19%: EUR 2,439.98
        Total due: EUR 15,281.98

        Please pay to IBAN DE89 3704 0044 0532 0130 00 within 30 days.
        Questions: billing@northwind.example, Tel. 030 901820-15
        """

    static let report = """
        # Quarterly Operations Report, Q3 2026

        ## Summary

        Harbour Logistics moved 41,200 containers in the third quarter, 12 percent more than a year before. Revenue rose to EUR 18.4 million,
        while operating costs grew by only 3.1 percent. The new scheduling system, introduced in July, cut the average waiting time of trucks from
        47 to 29 minutes.

        ## Volumes

        Import volumes grew most strongly in August, when two additional weekly services from Gdansk and Bilbao began. Exports were flat. Dr. J. Meyer,
        who leads the terminal, attributes the growth to shorter waiting times and to a strike at a neighbouring port, e.g. the one of 14 August.
        See https://harbour.example/reports/q3 for the daily figures.

        | Month | Import | Export |
        |---|---|---|
        | July | 6,100 | 7,050 |
        | August | 7,400 | 6,900 |
        | September | 7,000 | 6,750 |

        ## Risks

        - Crane 4 is due for overhaul in November.
        - The collective agreement ends on 31 December 2026.

        The overhaul of crane 4 will take about three weeks and reduce the capacity of berth 2 by one third. If the negotiations with the union fail, a strike in
        January cannot be excluded. We have therefore asked Acme Inc. for an offer to rent a mobile crane.

        ## Recommendations

        We recommend to move the overhaul to the second half of January, when volumes are lowest. We also recommend to extend the scheduling system to
        rail traffic, which would cost EUR 240,000 and pay for itself within fourteen months.
        """

    static let resume = """
        Priya Raman
        priya.raman@mail.example | +44 20 7946 0958

        PROFESSIONAL SUMMARY
        Software engineer with nine years of experience in payment systems. Led a team of six.

        WORK EXPERIENCE
        Senior Engineer, Kestrel Payments Ltd, 2021 to present. Developed the settlement service and managed its migration.
        Engineer, Blue Fjord AS, 2017 to 2021.

        EDUCATION
        Master of Science, University of Leeds, 2016

        SKILLS: Swift, PostgreSQL, distributed systems. Languages: English (native), Tamil (fluent).
        """

    static let ticket = """
        Hello support team,

        since the update to version 4.2 I cannot log in any more. The app shows the error message "Session expired" and then
        crashes. Steps to reproduce: open the app, enter the password, press Login. I tried to reinstall it and to reset the password, but
        it still does not work. Please help.

        Thomas Berg
        """

    static let spam = """
        CONGRATULATIONS!!! You have won a FREE gift card. Click here now to claim your prize. This limited time offer ends today, act now!
        No obligation, 100% risk free. Verify your account at http://prizes.example/win to earn cash bonus money fast.
        """

    static let chinese = """
        这份报告介绍了港口第三季度的运营情况。集装箱吞吐量比去年同期增长了百分之十二。新的调度系统缩短了卡车的等待时间。起重机四号将于十一月进行大修。我们建议把大修推迟到一月下旬。出口量与去年持平。进口量在八月份增长最快。罢工的风险不能排除。
        """

    static let arabic = """
        يصف هذا التقرير عمليات الميناء في الربع الثالث. ارتفع عدد الحاويات بنسبة اثني عشر في المئة. هل سيستمر النمو؟ خفض نظام الجدولة الجديد وقت
        انتظار الشاحنات. نوصي بتأجيل صيانة الرافعة إلى نهاية يناير. بقيت الصادرات على حالها. لا يمكن استبعاد خطر الإضراب.
        """

    /// English-looking text of about `bytes` bytes, the same in every run.
    static func generated(bytes: Int, seed: UInt64 = 7) -> String {
        var random = SeededGenerator(seed: seed)
        let words = (contract + report + invoice).split(whereSeparator: \.isWhitespace).map(String.init)
        var text = ""
        while text.utf8.count < bytes {
            for _ in 0..<Int.random(in: 5...25, using: &random) {
                text += words[Int.random(in: 0..<words.count, using: &random)] + " "
            }
            text += Int.random(in: 0..<8, using: &random) == 0 ? "end.\n\n" : "end. The "
        }
        return text
    }
}

/// SplitMix64: repeatable randomness.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
