import JSON

/// The activities that every worker of this service knows, by name.
package enum StandardCatalog {
    package static let profiles: [ActivityProfile] = [
        extractText, storeProcessedDocument, httpCall, generateText, summarize, extractEntities, classifyContent,
        personalizeContent, optimizeTiming,
    ]

    package static func profile(named name: String) -> ActivityProfile? { profiles.first { $0.name == name } }

    /// A document by id in the tenant's store, or a small one inline. Never a path.
    private static let document: JSONValue = [
        "type": "object",
        "properties": [
            "id": ["type": "string", "format": "uuid"],
            "content_base64": ["type": "string", "maxLength": 349_528],
            "media_type": ["type": "string", "maxLength": 200],
            "filename": ["type": "string", "maxLength": 255],
        ],
        "oneOf": [["required": ["id"]], ["required": ["content_base64"]]],
        "additionalProperties": false,
    ]

    package static let extractText = ActivityProfile(
        name: "extract_text_activity",
        summary: "Reads the text of a plain-text, Markdown, HTML or PDF document",
        timeout: .seconds(180),
        inputSchema: [
            "type": "object", "required": ["document"], "additionalProperties": false,
            "properties": ["document": document],
        ]
    )

    package static let storeProcessedDocument = ActivityProfile(
        name: "store_processed_document_activity",
        summary: "Stores a document's text with what was found in it",
        inputSchema: [
            "type": "object", "required": ["document", "text"], "additionalProperties": false,
            "properties": ["document": document, "text": ["type": "string"], "ai_results": true],
        ]
    )

    package static let httpCall = ActivityProfile(
        name: "http_call_activity",
        summary: "Calls an HTTP endpoint and returns its answer",
        timeout: .seconds(40),
        inputSchema: [
            "type": "object", "required": ["method", "endpoint"],
            "properties": [
                "method": ["type": "string", "minLength": 1],
                "endpoint": [
                    "anyOf": [
                        ["type": "string"],
                        ["type": "object", "required": ["uri"], "properties": ["uri": ["type": "string"]]],
                    ]
                ],
                "headers": ["type": "object"],
                "query": ["type": "object"],
                "body": true,
                "output": ["enum": ["raw", "content", "response"]],
                "redirect": ["type": "boolean"],
            ],
        ]
    )

    private static func ai(
        _ name: String, _ summary: String, _ properties: JSONObject, required: [JSONValue]
    ) -> ActivityProfile {
        var properties = properties
        // False: asked anew each time.
        properties["cache"] = ["type": "boolean"]
        return ActivityProfile(
            name: name, summary: summary, pool: .ai, timeout: .seconds(50), maximumAttempts: 3,
            inputSchema: [
                "type": "object", "required": .array(required), "additionalProperties": false,
                "properties": .object(properties),
            ]
        )
    }

    private static let text: JSONValue = ["type": "string"]

    package static let generateText = ai(
        "ai_generate_text_activity",
        "Generates a text from a prompt; data is kept apart from the prompt's instructions",
        [
            "prompt": ["type": "string", "minLength": 1], "system": text,
            "data": true, "max_tokens": ["type": "integer", "minimum": 1, "maximum": 32_000],
        ],
        required: ["prompt"]
    )
    package static let summarize = ai(
        "ai_summarize_activity", "Summarizes a text in at most max_words words",
        ["text": text, "max_words": ["type": "integer", "minimum": 5, "maximum": 2000]],
        required: ["text"]
    )
    package static let extractEntities = ai(
        "ai_extract_entities_activity", "Finds people, organisations, dates, amounts and addresses in a text",
        ["text": text], required: ["text"]
    )
    package static let classifyContent = ai(
        "ai_classify_content_activity", "Puts a text into one of the given categories, or answers unsure",
        [
            "text": text,
            "categories": [
                "type": "array", "minItems": 2, "maxItems": 50, "uniqueItems": true,
                "items": ["type": "string", "minLength": 1, "maxLength": 100],
            ],
            "examples": [
                "type": "array", "maxItems": 1000,
                "items": [
                    "type": "object", "required": ["text", "category"], "additionalProperties": false,
                    "properties": ["text": text, "category": text],
                ],
            ],
        ],
        required: ["text", "categories"]
    )
    package static let personalizeContent = ai(
        "ai_personalize_content_activity",
        "Writes a template anew for the reader whom a profile describes; its placeholders and links stay",
        [
            "template": ["type": "string", "minLength": 1, "maxLength": 65_536], "profile": ["type": "object"],
            "instructions": ["type": "string", "maxLength": 4000],
        ],
        required: ["template", "profile"]
    )

    /// Messages one by one, or counted by hour of the week.
    private static let engagement: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": ["history": history, "hours": hours],
    ]
    private static let history: JSONValue = [
        "type": "array", "maxItems": 10_000,
        "items": [
            "type": "object", "required": ["sent_at"],
            "properties": ["sent_at": ["type": "string"], "engaged_at": ["type": ["string", "null"]]],
        ],
    ]
    private static let hours: JSONValue = [
        "type": "array", "maxItems": 168,
        "items": [
            "type": "object", "required": ["hour_of_week", "sent", "engaged"], "additionalProperties": false,
            "properties": [
                "hour_of_week": ["type": "integer", "minimum": 0, "maximum": 167],
                "sent": ["type": "number", "minimum": 0, "maximum": 1_000_000_000],
                "engaged": ["type": "number", "minimum": 0, "maximum": 1_000_000_000],
            ],
        ],
    ]
    private static let timeOfDay: JSONValue = ["type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"]

    package static let optimizeTiming = ai(
        "ai_optimize_timing_activity",
        "Finds when a message is best sent from how earlier ones were engaged with; computed, without a provider",
        [
            "history": history, "segment": engagement, "tenant": engagement,
            "time_zone": ["type": "string", "maxLength": 64],
            "quiet_hours": [
                "type": "object", "required": ["start", "end"], "additionalProperties": false,
                "properties": ["start": timeOfDay, "end": timeOfDay],
            ],
            "earliest": ["type": "string"], "now": ["type": "string"], "default": timeOfDay,
        ],
        required: []
    )
}
