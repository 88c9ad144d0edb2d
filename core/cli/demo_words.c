/* core/cli/demo_words.c - what the people of a demonstration desk say. */
#include "config.h"
#include "core/cli/demo_words.h"

#define COUNT(name, array) const size_t name = sizeof array / sizeof *array

/* %s is a product's name. */
const struct demo_topic demo_topics[] = {
	{ "billing", "Billing", "Invoices, payments and refunds.",
	    { "refund", "invoice", "payment", "vat" },
	    { "Charged twice for one %s", "Where is my refund for the %s?",
		"Invoice for the %s shows the wrong address",
		"Need an invoice with our VAT number", "Card was declined",
		"Can I pay the %s by bank transfer?",
		"Price of the %s changed in the basket",
		"Voucher was not applied to my order" },
	    { "My bank statement shows the same amount two times for the %s.",
		"I sent the %s back three weeks ago and have not seen the "
		"money yet.",
		"Our accountant cannot book the invoice as it is.",
		"We are a company and need the tax number on the document.",
		"The payment page says that my card was declined, but the "
		"bank says all is well.",
		"We would rather not use a card for the %s.",
		"It was cheaper when I put the %s into the basket.",
		"I typed the code from your newsletter, and the total stayed "
		"the same." },
	    { "I have looked it up: one of the two was only reserved and will "
	      "disappear within three days.",
		"The refund left us yesterday. Banks take two to four working "
		"days.",
		"Please find the corrected invoice on your private page.",
		"I have added the number; the new document replaces the old "
		"one.",
		"Our payment partner had a short outage. It works again.",
		"Of course: I have sent you the account and a reference.",
		"I have put the difference back on your card.",
		"The voucher needs a total of 40. I have applied it by hand." } },
	{ "technical", "Technical help", "When something does not work.",
	    { "app", "wifi", "firmware", "flicker" },
	    { "%s does not connect to the app", "%s flickers at low brightness",
		"App crashes after the update", "%s forgets its schedule",
		"How do I reset my %s?", "Remote control of the %s is dead",
		"%s cannot find our wifi", "Colours of two %s lamps differ" },
	    { "The app says \"no lamp found\" although the %s stands right "
	      "beside me.",
		"Below about twenty per cent the %s begins to flicker.",
		"Since this morning the app closes as soon as I open a room.",
		"Every time the power fails the %s loses what I had set.",
		"I bought a used %s and would like to start from scratch.",
		"New batteries did not help, the %s does not react.",
		"The network is visible to everything but the %s.",
		"Both %s are set to warm white and look quite different." },
	    { "Please hold the button for ten seconds until it blinks blue, "
	      "then add it again.",
		"That is most likely the dimmer in the wall. Could you try it "
		"without?",
		"Version 3.2 had a bug there; 3.2.1 is out since noon.",
		"The schedule is kept from firmware 1.8 on. I have started "
		"the update for you.",
		"Switch it off and on five times; at the fifth it is as new.",
		"It has to be paired again: hold On and the moon together.",
		"It speaks 2.4 GHz only. Please look whether your router "
		"offers that.",
		"They are of two series. We exchange one, free of charge." } },
	{ "orders", "Orders and delivery", "Where is it, and when?",
	    { "delivery", "return", "damaged", "address" },
	    { "Where is my %s?", "%s arrived broken", "Change of address",
		"Wrong colour delivered", "I want to return the %s",
		"Part of my order is missing", "Delivery to a neighbour",
		"Can the %s be here before Friday?" },
	    { "The tracking has not moved for five days, and the %s is a "
	      "present.",
		"The box looked fine, but the shade of the %s has a crack.",
		"I have moved house since I ordered. Can you still change it?",
		"I ordered the %s in white and got the black one.",
		"It is a fine lamp, but too large for our table.",
		"The %s is there, the bulbs are not.",
		"The driver left it with somebody, but does not say with "
		"whom.",
		"We have guests on Friday and would love to have it then." },
	    { "The parcel was sorted wrongly and is on its way again; it "
	      "should arrive on Thursday.",
		"I am sorry! A new shade leaves today. You can keep or bin "
		"the old one.",
		"I have changed it, it had not left the warehouse yet.",
		"That was our mistake. A label for the way back is on your "
		"page.",
		"Gladly. The label is on your private page, and you have 30 "
		"days.",
		"The bulbs come from another warehouse and follow tomorrow.",
		"The carrier says: number 14, second floor.",
		"If you order before two o'clock today, yes." } },
	{ "sales", "Before you buy", "Questions about what we sell.",
	    { "advice", "quote", "reseller", "stock" },
	    { "Is the %s bright enough for a desk?", "Quote for forty %s",
		"When is the %s back in stock?", "Do you ship to Norway?",
		"Becoming a reseller", "Can the %s be used outdoors?",
		"Spare bulbs for an old %s", "Difference between the two %s" },
	    { "I draw a lot in the evening and need good light from the %s.",
		"We are furnishing an office and think of the %s.",
		"The page says \"sold out\" since Monday.",
		"I would order today if you delivered to Bergen.",
		"We run three shops and our customers ask for the %s.",
		"There is a roof, but it gets damp where the %s would hang.",
		"My %s is six years old and I would like to keep it.",
		"Your page lists the %s twice, at different prices." },
	    { "It has 800 lumen at 4000 K, which is plenty for drawing.",
		"I have put a quote with 12 % off on your page.",
		"The next delivery is due in the second week of the month.",
		"We do: three to five days, duty is included.",
		"How nice! My colleague from sales will call you.",
		"It is made for dry rooms. The Harbour model would be right.",
		"We keep parts for ten years; I have reserved two bulbs.",
		"One is with battery. I have made that clearer on the page." } },
	{ "accounts", "Your account", "Signing in, data and newsletters.",
	    { "password", "privacy", "newsletter", "login" },
	    { "Cannot sign in to my account", "Please delete my data",
		"Newsletter although I signed off", "Two accounts, one person",
		"New e-mail address", "Which data do you keep about me?",
		"Code does not arrive", "Account of a former colleague" },
	    { "I asked for a new password three times and got no mail.",
		"I do not use the app any more and would like to be removed.",
		"I get your mails every week in spite of the link.",
		"I ordered the %s once as a guest and once with an account.",
		"My old address ends this month.",
		"Please tell me what is stored, as the law lets me ask.",
		"I wait for the six digits and nothing comes.",
		"She has left us and the lamps of the office are in her name." },
	    { "The mail was rejected by your provider as spam. I have sent "
	      "you a link by this way.",
		"All is deleted but the invoices, which we must keep.",
		"You were on a second list. That should have been the last.",
		"I have put both together. The orders are all there now.",
		"Changed. You have got a mail to each of the two addresses.",
		"A file with everything is on your private page for a week.",
		"The codes were slow this morning; please try it once more.",
		"I have moved the lamps to you. She keeps nothing of them." } },
};
COUNT(demo_topic_count, demo_topics);

const struct demo_person demo_agents[] = {
	{ "Ada", "Brandt" },
	{ "Bilal", "Yilmaz" },
	{ "Chen", "Wei" },
	{ "Dorothea", "Lang" },
	{ "Emeka", "Obi" },
	{ "Farah", "Ismail" },
	{ "Goran", "Petrov" },
	{ "Hannah", "Moore" },
};
COUNT(demo_agent_count, demo_agents);

const char *const demo_first_names[] = { "Anna", "Ben", "Clara", "David",
	"Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Katja", "Liam",
	"Mei", "Noah", "Olga", "Paul", "Quentin", "Rosa", "Samir", "Tuya",
	"Ute", "Viktor", "Wanda", "Xavier", "Yasmin", "Zoltan", "Bat-Erdene",
	"Siti", "J\xc3\xbcrgen", "\xc3\x96zlem" };
COUNT(demo_first_name_count, demo_first_names);

const char *const demo_last_names[] = { "Adler", "Baker", "Costa", "Demir",
	"Eriksen", "Fischer", "Garcia", "Hoffmann", "Ivanova", "Jansen", "Kaya",
	"Lopez", "M\xc3\xbcller", "Novak", "Okafor", "Park", "Quinn", "Rossi",
	"Schmidt", "Tan", "Ueda", "Virtanen", "Wagner", "Xu", "Young", "Zhang",
	"Sato", "Nguyen", "Rahman", "O'Brien" };
COUNT(demo_last_name_count, demo_last_names);

const char *const demo_domains[] = { "mail.example", "post.example",
	"office.example", "acme.example", "northwind.example", "studio.example",
	"school.example", "home.example" };
COUNT(demo_domain_count, demo_domains);

const char *const demo_products[] = { "Harbour", "Meadow", "Comet", "Lantern",
	"Birch", "Pebble", "Aurora", "Tide" };
COUNT(demo_product_count, demo_products);

const char *const demo_details[] = {
	"I have tried it twice, with the same result.",
	"It worked well until last week.",
	"The order number is 48%02d-%03d.",
	"I can send pictures if that helps.",
	"I am at home in the afternoon, should you want to call.",
	"Please answer in the evening if you can.",
	"By the way, the packaging was lovely.",
	"A friend of mine has the same and no trouble at all.",
	"I could not find it in your articles.",
	"It is not urgent, but I would like to know.",
};
COUNT(demo_detail_count, demo_details);

const char *const demo_thanks[] = {
	"Thank you, that did it!",
	"Perfect, many thanks for the quick answer.",
	"It works again. Have a good week!",
	"Thanks, that is kind of you.",
	"All well now, you can close this.",
};
COUNT(demo_thank_count, demo_thanks);

const char *const demo_followups[] = {
	"I have done that, but nothing has changed.",
	"Is there any news?",
	"One more question: does that hold for the other lamp as well?",
	"I still have not received anything.",
	"Could somebody look at it today, please?",
};
COUNT(demo_followup_count, demo_followups);

const char *const demo_notes[] = {
	"Asked the warehouse, they look on Thursday.",
	"Third case of this week, the whole series may be affected.",
	"Good customer for years: be generous.",
	"Refund is approved.",
	"Called, nobody answered. Trying again tomorrow.",
	"See the article about pairing, it should say this.",
};
COUNT(demo_note_count, demo_notes);

const struct demo_article demo_articles[] = {
	{ "pair-a-lamp", "How do I pair a lamp with the app?",
	    "Every lamp can be paired with as many phones as you like.\n\n"
	    "1. Switch the lamp on and hold its button for **ten seconds**, "
	    "until it blinks blue.\n"
	    "2. Open the app and choose *Add a lamp*.\n"
	    "3. Give it a room. That is all.\n\n"
	    "If it is not found, look whether your router offers a network of "
	    "2.4 GHz: our lamps do not speak 5 GHz.\n" },
	{ "flickering", "My lamp flickers",
	    "Most of the time a dimmer in the wall is to blame. Our lamps dim "
	    "by themselves, and two dimmers fight each other.\n\n"
	    "* Turn the one in the wall up all the way, or have it replaced "
	    "by a switch.\n"
	    "* Below five per cent the Meadow flickers a little before "
	    "firmware 1.9. Update it in the app under *Lamp, About*.\n\n"
	    "If it flickers without a dimmer, write to us: that is a defect, "
	    "and we exchange it.\n" },
	{ "returns", "How do I return something?",
	    "You have **30 days**, and need no reason.\n\n"
	    "Write to *Orders and delivery* with your order number. A label "
	    "comes to your private page. Hand the parcel over at any shop of "
	    "the carrier; the refund leaves us within a week after it is "
	    "back.\n" },
	{ "refund-time", "When do I get my money back?",
	    "We send refunds on the day the parcel is checked. Banks take two "
	    "to four working days more, credit cards up to their next "
	    "statement.\n" },
	{ "delivery-times", "How long does delivery take?",
	    "| Where | Days |\n|---|---|\n| The country we are in | 1 to 2 |\n"
	    "| European Union | 2 to 4 |\n| Norway, Switzerland, United "
	    "Kingdom | 3 to 5, duty included |\n\n"
	    "What is ordered before two o'clock leaves the same day.\n" },
	{ "invoice-vat", "I need an invoice with our VAT number",
	    "Type the number into your account under *Company* before you "
	    "order, and it stands on every invoice.\n\n"
	    "For an order that is paid already, write to *Billing*: we "
	    "replace the document.\n" },
	{ "reset", "How do I reset a lamp to how it was when new?",
	    "Switch it off and on **five times**, a second each. At the fifth "
	    "it glows warm for a moment: it has forgotten everything.\n" },
	{ "privacy", "Which data do you keep about me?",
	    "Your orders and invoices, as the law has it; what you wrote to "
	    "us; and the lamps in your account. The app sends nothing while "
	    "you are at home.\n\n"
	    "Ask *Your account* for a copy, or to have all of it deleted.\n" },
};
COUNT(demo_article_count, demo_articles);
