"""Two months of a small ferry company's software team. Nothing in it is real."""

from __future__ import annotations

from crewhall.demo.telling import Hold, Story, Undertaking, asks, blocks, changes, moves, relates, says, waits

INES, KOFI, PRIYA, TOMAS = "ines", "kofi", "priya", "tomas"
CLAUDE, CODEX, CURSOR = "claude-code", "codex", "cursor"
API, GATE, LEDGER = "booking-api", "gate-app", "ledger"
SUMMER, WINTER, CARDS = "Summer timetable", "Winter readiness", "New card processor"
WEATHER, STORM, RAMP = "Sailings in bad weather", "Passengers hear of a cancelled sailing in time", "The gates work without a network"

PROJECTS = (
    Undertaking(SUMMER, 59, TOMAS, "The timetable for June to September is on sale in January, and the deck plan of the new ship with it.",
        team=(TOMAS, PRIYA, CURSOR)),
    Undertaking(WINTER, 46, KOFI, "Storms, ice and a network that is gone at the north ramp: nobody is left standing without a word, and no scan is lost.",
        team=(KOFI, PRIYA, TOMAS, CLAUDE, CODEX), reviewed=True),
    Undertaking(CARDS, 21, INES, "The bank ends the old interface in January. One route first, then all of them, then the old data goes.",
        team=(INES, KOFI, PRIYA, CLAUDE, CODEX), private=True),
)  # fmt: skip

REFUNDS = """\
Refund rules live in the middle of the checkout, so every new fare means touching payment code.

**Accepted when**

- refund rules are a module of their own with no import of `checkout`
- every fare in the price list has a test with its refund at 1 hour, 1 day and 7 days before departure
- a refund of a part-used return ticket is no longer a special case
"""

OFFLINE = """\
At the north ramp the phones lose the network for up to **20 minutes**. Scans made after the first ten are gone when it comes back.

1. open the gate app, switch to flight mode
2. scan for 11 minutes
3. switch the network on again: only the first 10 minutes arrive

Seen on three phones, gate-app 4.2.0. Passengers were let on board, so the counts for the coast guard were wrong.
"""

CARDS_PLAN = """\
The bank ends the old interface in January. The new processor speaks 3-D Secure 2 and sends webhooks for every change.

| step | who |
|---|---|
| sandbox keys | Ines asks the bank |
| client with retries | codex |
| webhook intake, signed | Kofi |
| switch one route, then all | Priya |
"""

OCTOBER = (
    Story("Print boarding lists in two columns", GATE, 58, TOMAS, (TOMAS,), complexity="low", priority="low", hours=2, steps=(
        moves(20, TOMAS, "in_progress"), moves(24, TOMAS, "ready_for_review"), moves(43, PRIYA, "completed"))),
    Story("Sailing page loads in one query", API, 57, INES, (CLAUDE,), tags=("performance",), hours=4, steps=(
        moves(3, CLAUDE, "in_progress"), says(5, CLAUDE, "It was 41 queries for a day with 12 sailings; now it is one. `p95` 820 ms to 60 ms."),
        moves(5.2, CLAUDE, "ready_for_review"), says(22, KOFI, "Lovely. The plan uses the new index on both sides."), moves(22.1, KOFI, "completed"))),
    Story("Log-in limit by address and account", API, 55, KOFI, (KOFI,), priority="high", tags=("security",), hours=6, steps=(
        moves(2, KOFI, "in_progress"), moves(30, KOFI, "ready_for_review"),
        says(47, INES, "What does a family behind one hotel address see?"), says(48, KOFI, "Ten tries per account, a hundred per address. Written into the test."),
        moves(49, INES, "completed"))),
    Story("Show deck plan to the loadmaster before boarding", GATE, 54, PRIYA, (TOMAS,), complexity="high", project=SUMMER, hours=16, steps=(
        moves(24, TOMAS, "in_progress"), changes(70, TOMAS, estimate_minutes=1320, comment="The plan of the old ship has no lane widths."),
        moves(150, TOMAS, "ready_for_review"), moves(170, PRIYA, "completed"))),
    Story("Daily revenue by route as CSV", LEDGER, 52, INES, (CODEX,), complexity="low", tags=("reports",), hours=3, steps=(
        moves(1, CODEX, "in_progress"), moves(2.5, CODEX, "ready_for_review"),
        says(20, PRIYA, "Amounts with a comma open as text in the office's spreadsheet."), moves(20.1, PRIYA, "in_progress"),
        moves(21, CODEX, "ready_for_review", "Plain decimal points, and a test that reads the file back."), moves(44, PRIYA, "completed"))),
    Story("Remove the fax confirmation", API, 51, KOFI, (CURSOR,), complexity="low", priority="low", tags=("cleanup",), hours=1, steps=(
        moves(1, CURSOR, "in_progress"), moves(2, CURSOR, "ready_for_review"), moves(18, KOFI, "completed", "Eleven years. Rest in peace."))),
    Story("Bicycles count as half a passenger for the deck limit", API, 49, TOMAS, (PRIYA,), tags=("rules",), hours=5, steps=(
        moves(20, PRIYA, "in_progress"), says(27, PRIYA, "The harbour office says: a third, not half. Their table is in the shared folder."),
        changes(27.2, PRIYA, title="Bicycles count as a third of a passenger for the deck limit"), moves(40, PRIYA, "ready_for_review"), moves(66, KOFI, "completed"))),
    Story("Gate app starts in under two seconds on the old phones", GATE, 48, TOMAS, (CURSOR,), tags=("performance",), hours=8, steps=(
        moves(2, CURSOR, "in_progress"), says(9, CURSOR, "4.8 s to 2.9 s by loading the deck plans later. The rest is the font."),
        says(20, TOMAS, "Then drop the font."), moves(22, CURSOR, "ready_for_review", "1.6 s on the oldest phone we have."), moves(40, TOMAS, "completed"))),
    Story("Lost-property form for passengers", API, 47, PRIYA, (), priority="low", steps=(
        moves(190, INES, "deprecated", "The harbour office does this for all companies now."),)),
    Story("Ledger closes the month in one transaction", LEDGER, 46, INES, (KOFI,), priority="high", complexity="high", tags=("correctness",), hours=12, steps=(
        moves(10, KOFI, "in_progress"), says(50, KOFI, "Found why October was four euros off: the closing read twice, a refund fell in between."),
        moves(72, KOFI, "ready_for_review"), moves(95, INES, "completed"))),
    Story("Accessible colours on the departure board", GATE, 44, TOMAS, (TOMAS, CURSOR), complexity="low", tags=("accessibility",), hours=3, steps=(
        moves(22, TOMAS, "in_progress"), moves(29, CURSOR, "ready_for_review"), moves(45, PRIYA, "completed"))),
    Story("Reject bookings with a departure in the past", API, 43, KOFI, (CLAUDE,), complexity="low", priority="high", tags=("correctness",), hours=1, steps=(
        moves(0.5, CLAUDE, "in_progress"), moves(1.2, CLAUDE, "ready_for_review"), moves(4, KOFI, "completed"))),
)  # fmt: skip

EPICS = (
    Story(WEATHER, API, 45, KOFI, (KOFI,), priority="high", complexity="extreme", project=WINTER, type="epic", steps=(moves(200, KOFI, "in_progress"),)),
    Story(STORM, API, 44.9, KOFI, (PRIYA,), priority="high", complexity="high", project=WINTER, part_of=WEATHER, type="story", steps=(
        moves(230, PRIYA, "in_progress"),)),
    Story(RAMP, GATE, 44.8, TOMAS, (TOMAS,), priority="high", complexity="high", project=WINTER, part_of=WEATHER, type="story"),
)  # fmt: skip

NOVEMBER_DONE = (
    Story("Timetable import understands the new harbour codes", API, 40, PRIYA, (CODEX,), project=SUMMER, tags=("timetable",), hours=6, steps=(
        moves(3, CODEX, "in_progress"), moves(8, CODEX, "ready_for_review"), moves(27, PRIYA, "completed"))),
    Story("Two people cannot sell the last cabin at once", API, 38, KOFI, (KOFI,), priority="critical", complexity="high", tags=("correctness",), hours=8, steps=(
        moves(1, KOFI, "in_progress"), says(5, KOFI, "Reproduced with eight writers: 3 of 200 sold twice. A row lock and a test that failed before."),
        moves(9, KOFI, "ready_for_review"), says(11, CLAUDE, "Ran your test 10,000 times on my side: 0 doubles."), moves(12, INES, "completed"))),
    Story("Receipts carry the VAT number of the buyer", LEDGER, 36, PRIYA, (CODEX,), tags=("tax",), hours=4, steps=(
        moves(6, CODEX, "in_progress"), moves(12, CODEX, "ready_for_review"), moves(30, PRIYA, "completed"))),
    Story("Gate app shows who opened the ramp", GATE, 35, TOMAS, (TOMAS,), complexity="low", hours=2, steps=(
        moves(24, TOMAS, "in_progress"), moves(27, TOMAS, "ready_for_review"), moves(48, KOFI, "completed"))),
    Story("Nightly backup is restored and compared every Sunday", LEDGER, 33, INES, (KOFI, CODEX), priority="high", tags=("operations",), project=WINTER, hours=10, steps=(
        moves(30, KOFI, "in_progress"), says(77, CODEX, "First run: restored 31 GB, 0 rows differ, 41 minutes."), moves(80, KOFI, "ready_for_review"), moves(99, INES, "completed"))),
    Story("Price of a return ticket over new year", API, 31, PRIYA, (PRIYA,), tags=("rules",), project=WINTER, hours=3, steps=(
        moves(5, PRIYA, "in_progress"), moves(26, PRIYA, "ready_for_review"), moves(31, KOFI, "completed"))),
    Story("Typed client for the weather service", API, 29, KOFI, (CLAUDE,), project=WINTER, part_of=STORM, hours=4, steps=(
        moves(2, CLAUDE, "in_progress"), moves(6, CLAUDE, "ready_for_review"), says(24, KOFI, "Time-outs and the empty answer at night are covered. Merged."), moves(24.1, KOFI, "completed"))),
    Story("Chat window on the booking page", API, 28, PRIYA, (), priority="low", complexity="high", steps=(
        says(3, TOMAS, "Who would answer it at six in the morning?"), moves(50, INES, "deprecated", "Nobody would."))),
    Story("Storm notice reaches every booked passenger", API, 26, INES, (PRIYA, CLAUDE), priority="high", complexity="high", tags=("passengers",), project=WINTER, part_of=STORM, hours=14, steps=(
        moves(20, PRIYA, "in_progress"), says(46, CLAUDE, "Sending is idempotent now: the second run of the same notice reaches nobody twice."),
        changes(60, PRIYA, estimate_minutes=1080), moves(90, CLAUDE, "ready_for_review"), moves(115, INES, "completed"))),
    Story("Scan result in one glance: green, amber, red with a word", GATE, 24, TOMAS, (CURSOR,), tags=("accessibility",), hours=3, steps=(
        moves(4, CURSOR, "in_progress"), moves(8, CURSOR, "ready_for_review"), moves(23, TOMAS, "completed"))),
    Story("Webhook intake for the card processor, signed", LEDGER, 19, INES, (KOFI,), priority="high", tags=("security",), project=CARDS,
        part_of="Card payments on the new processor", hours=6, steps=(
        moves(24, KOFI, "in_progress"), moves(70, KOFI, "ready_for_review"), says(90, CODEX, "A replayed signature from last week is refused; added the case."), moves(95, INES, "completed"))),
    Story("Sandbox client with retries", LEDGER, 19, INES, (CODEX,), tags=("payments",), project=CARDS,
        part_of="Card payments on the new processor", hours=5, steps=(
        moves(2, CODEX, "in_progress"), moves(9, CODEX, "ready_for_review"), moves(26, KOFI, "completed"))),
    Story("Gate phones report their battery", GATE, 16, TOMAS, (CURSOR,), priority="low", complexity="low", hours=2, steps=(
        moves(30, CURSOR, "in_progress"), moves(33, CURSOR, "ready_for_review"), moves(55, TOMAS, "completed"))),
    Story("Boarding list without the booking's phone number", GATE, 9, INES, (CLAUDE,), priority="high", complexity="low", tags=("privacy",), hours=1, steps=(
        moves(0.3, CLAUDE, "in_progress"), moves(1, CLAUDE, "ready_for_review"), moves(3, INES, "completed"))),
    Story("Sold-out sailings still offered to the tour operators", API, 5, PRIYA, (CLAUDE,), priority="critical", tags=("correctness",), hours=2, steps=(
        moves(0.2, CLAUDE, "in_progress"), says(1.1, CLAUDE, "Their feed was cached for an hour. It is now dropped when a deck fills."),
        moves(1.3, CLAUDE, "ready_for_review"), moves(2.5, PRIYA, "completed"))),
)  # fmt: skip

IN_HAND = (
    Story("Card payments on the new processor", LEDGER, 20, INES, (INES, KOFI), priority="critical", complexity="extreme", tags=("payments",), project=CARDS, type="epic",
        hours=60, due=21, description=CARDS_PLAN, steps=(
        moves(20, INES, "in_progress"), says(200, INES, "Asked the bank for the second set of sandbox keys."),
        moves(330, INES, "blocked", "Waits for production keys from the bank; promised for Thursday."))),
    Story("Gate app loses scans after ten minutes offline", GATE, 6, TOMAS, (CLAUDE,), priority="critical", complexity="high", tags=("correctness", "offline"), project=WINTER, part_of=RAMP,
        hours=8, due=1, description=OFFLINE, steps=(
        moves(1, CLAUDE, "in_progress"), says(4, CLAUDE, "Found it: the queue is kept in memory and the system ends the app after ten minutes."),
        says(26, TOMAS, "Please keep the order of the scans, the coast guard list needs it."),
        says(29, CLAUDE, "Scans are now written to disk before they are acknowledged, in order. Testing 20 minutes and a dead battery."))),
    Story("Split refund rules out of checkout", API, 12, KOFI, (CLAUDE,), priority="high", complexity="high", tags=("cleanup",), hours=12, due=4, description=REFUNDS, steps=(
        moves(100, CLAUDE, "in_progress"), says(104, CLAUDE, "Module and 38 fare tests are there. The part-used return is next."),
        changes(150, KOFI, due_at=None, comment="Not before the card switch is through review."))),
    Story("Wrong date on night crossings in the autumn clock change", API, 8, PRIYA, (PRIYA,), priority="high", tags=("timetable", "correctness"), hours=4, due=-1, steps=(
        moves(10, PRIYA, "in_progress"), says(30, PRIYA, "The 01:30 from Skagen exists twice that night. Both bookings were printed with the first one."))),
    Story("Retry ledger webhooks with growing delay", LEDGER, 7, KOFI, (CODEX,), priority="high", tags=("operations",), hours=4, due=2, steps=(
        moves(5, CODEX, "in_progress"), says(6, CODEX, "1 s doubling to 5 min, 24 h in all, then it goes to the list of dead ones."))),
    Story("One search box for bookings: name, phone, plate", API, 6, INES, (KOFI,), complexity="high", tags=("performance",), hours=10, due=9, steps=(
        moves(40, KOFI, "in_progress"), says(66, KOFI, "Plates with and without dashes are the same plate now."))),
    Story("Large text in the gate app", GATE, 5, TOMAS, (CURSOR, TOMAS), tags=("accessibility",), hours=5, due=6, steps=(
        moves(20, CURSOR, "in_progress"),)),
    Story("Deck plan of the new ship", GATE, 4, TOMAS, (TOMAS,), complexity="high", project=SUMMER, hours=14, due=30, steps=(moves(25, TOMAS, "in_progress"),)),
    Story("Hold a lane for ambulances on every sailing", API, 10, INES, (PRIYA,), priority="high", complexity="high", tags=("rules",), project=WINTER, hours=8, due=1, steps=(
        moves(30, PRIYA, "in_progress"), moves(160, PRIYA, "ready_for_review"), says(170, TOMAS, "Does it free the lane ten minutes before departure?"),
        says(172, PRIYA, "Twelve, that is how long loading six cars takes."))),
    Story("Flaky test: seat hold expires at midnight", API, 4, KOFI, (CODEX,), tags=("tests",), hours=2, due=0.5, steps=(
        moves(2, CODEX, "in_progress"), says(3, CODEX, "The test compared a local date with a UTC one. Named the zone; ran it 500 times."), moves(3.1, CODEX, "ready_for_review"))),
    Story("Cancelled sailing offers the next two by itself", API, 9, PRIYA, (CLAUDE,), complexity="high", tags=("passengers",), project=WINTER, part_of=STORM, hours=9, due=3, steps=(
        moves(12, CLAUDE, "in_progress"), moves(60, CLAUDE, "ready_for_review"), says(80, PRIYA, "Reads well. Waiting for the harbour's example data to try it."),
        asks(213, CLAUDE, INES, "The next two sailings may both be full. Do we then offer the day after, or a refund first?", "The day after", "A refund first"))),
    Story("Export of the ledger for the auditors", LEDGER, 11, INES, (CODEX,), tags=("reports", "tax"), hours=6, due=8, steps=(
        moves(70, CODEX, "in_progress"), moves(76, CODEX, "ready_for_review"))),
    Story("Ramp sensor as a second opinion on the count", GATE, 14, TOMAS, (TOMAS,), complexity="extreme", hours=20, steps=(
        moves(50, TOMAS, "in_progress"), moves(190, TOMAS, "blocked", "The supplier sends the sensor without its power unit. New one on 2 December."))),
    Story("Booking e-mails signed with our own domain", API, 13, KOFI, (KOFI,), tags=("security",), hours=3, steps=(
        moves(40, KOFI, "in_progress"), moves(44, KOFI, "blocked", "Waits for the hosting company to set two DNS records."))),
    Story("Switch one route to the new processor", LEDGER, 18, INES, (PRIYA,), priority="high", tags=("payments",), project=CARDS, part_of="Card payments on the new processor",
        hours=4, due=14, steps=(
        waits(1, INES, "Sandbox client with retries"), waits(1.1, INES, "Webhook intake for the card processor, signed"),
        moves(290, PRIYA, "blocked", "Follows the production keys."))),
)  # fmt: skip

AHEAD = (
    Story("Switch all routes to the new processor", LEDGER, 18, INES, (PRIYA,), tags=("payments",), project=CARDS, part_of="Card payments on the new processor", hours=3, due=20, steps=(
        waits(1, INES, "Switch one route to the new processor"),)),
    Story("Delete card data of the old processor", LEDGER, 17, KOFI, (), tags=("privacy", "payments"), project=CARDS, part_of="Card payments on the new processor", complexity="high", hours=6, due=40, steps=(
        waits(1, KOFI, "Switch all routes to the new processor"),)),
    Story("Add an index for booking search by phone number", API, 5.5, KOFI, (CODEX,), complexity="low", tags=("performance",), hours=1, part_of="One search box for bookings: name, phone, plate"),
    Story("Explain every 409 in the public API guide", API, 15, PRIYA, (), complexity="low", priority="low", tags=("docs",), hours=3),
    Story("Warn before a sailing is sold above deck capacity", API, 11, TOMAS, (), priority="high", complexity="high", tags=("rules",), hours=8, due=12),
    Story("Remove the old timetable importer", API, 39, CLAUDE, (), priority="low", tags=("cleanup",), hours=4, steps=(
        says(1, CLAUDE, "Nothing reads it since the new harbour codes. I noted it while I was there; no hurry."),)),
    Story("Seat map for coaches on the lower deck", API, 22, PRIYA, (), complexity="high", project=SUMMER, hours=16),
    Story("Test the summer timetable against the crew plan", API, 13, INES, (CLAUDE,), project=SUMMER, tags=("tests", "timetable"), hours=6, due=25),
    Story("Dark mode for the bridge at night", GATE, 10, TOMAS, (CURSOR,), tags=("accessibility",), hours=5, due=15),
    Story("Passengers without a phone number: print the gate on the ticket", GATE, 8, TOMAS, (), priority="high", hours=3),
    Story("Count dogs", GATE, 8, KOFI, (), priority="low", complexity="low", tags=("rules",), hours=1, steps=(
        says(2, PRIYA, "Two dogs or one dog twice was a real question on Saturday."),)),
    Story("Refund by bank transfer when the card is gone", LEDGER, 7, PRIYA, (), tags=("payments",), complexity="high", hours=8, steps=(
        waits(2, PRIYA, "Split refund rules out of checkout"),)),
    Story("Alarm when the ledger lags ten minutes behind the bookings", LEDGER, 6, INES, (CODEX,), priority="high", tags=("operations",), project=WINTER, hours=3, due=5),
    Story("Archive bookings older than seven years", LEDGER, 5, KOFI, (), tags=("privacy",), complexity="high", hours=10),
    Story("Which queries got slower since October?", API, 3, CLAUDE, (CLAUDE,), tags=("performance",), hours=2, description=
        "The nightly report shows three queries over 200 ms that were under 50. Compare their plans before and after the index on `sailing_id`.", steps=(
        says(1, KOFI, "Yes please. Start with the departures list."), relates(2, KOFI, "Add an index for booking search by phone number"))),
    Story("Gate phones update themselves at night, one after the other", GATE, 3, TOMAS, (), tags=("operations",), complexity="high", hours=9, steps=(
        waits(1, TOMAS, "Gate app loses scans after ten minutes offline"), relates(1.1, TOMAS, "Gate phones report their battery"))),
    Story("Practice: restore the hall from last night's backup", LEDGER, 2, INES, (KOFI,), tags=("operations",), project=WINTER, hours=2, due=7),
    Story("Say why a booking was refused, in the passenger's language", API, 1, PRIYA, (), tags=("passengers", "accessibility"), hours=5),
    Story("Lift the limit of nine passengers on one booking", API, 0.3, INES, (), steps=(says(1, TOMAS, "School trips: up to sixty."),)),
)  # fmt: skip

ISSUES = (
    Story("Storm notice went twice to bookings of a group", API, 12, PRIYA, (CLAUDE,), priority="high", project=WINTER, type="bug", description=
        "Every passenger of a group booking got the notice, and whoever booked got it once more for each of them.", steps=(
        says(3, CLAUDE, "One notice for each address of a booking now; the test sends to a school class."),
        changes(20, CLAUDE, status="completed", resolution="One notice for each address of a booking, since `d41f0c2`."))),
    Story("Which holidays count as a weekend in the summer fares?", API, 3, CLAUDE, (), project=SUMMER, type="question", description=
        "The price list says *weekends and holidays*. The import knows the holidays of two countries, and they differ on four days.", steps=(
        says(20, PRIYA, "The harbour office has to say. I wrote to them."),)),
    Story("Deck plan is mirrored when the phone is turned", GATE, 2.2, TOMAS, (CURSOR,), project=SUMMER, type="bug", complexity="low", description=
        "Turned to the left, port and starboard change places. On both new phones, not on the old ones.", steps=(
        moves(30, CURSOR, "in_progress"),)),
    Story("Receipt shows cents as whole euros on the old printers", LEDGER, 1.4, PRIYA, (CODEX,), priority="high", project=CARDS, type="bug", complexity="low", description=
        "`12,50` is printed as `1250`. Only the two printers at the lower desk."),
    Story("No test phone reaches staging since the certificate ran out", GATE, 0.2, TOMAS, (KOFI,), priority="critical", project=WINTER, type="blocker", description=
        "Every call from the gate app is refused, so the offline fix cannot be tried at the ramp.", steps=(
        blocks(0.1, TOMAS, "Gate phones update themselves at night, one after the other"),
        moves(0.5, KOFI, "in_progress"), says(1, KOFI, "The renewal asks for a record that our host has to set. Called them; @ines knows whom to ask if it takes longer."),)),
)  # fmt: skip

HELD = (
    Hold("Gate app loses scans after ten minutes offline", CLAUDE, 48),
    Hold("Retry ledger webhooks with growing delay", CODEX, 115),
    Hold("Large text in the gate app", CURSOR, 21),
)

REVIEW = moves(0, PRIYA, "completed", "Tried with six cars on Saturday: the lane is free twelve minutes before departure.")
FOR_REVIEW = "Hold a lane for ambulances on every sailing"
"""What is completed last, when its project is reviewed already: somebody else has to say yes."""

STORIES = OCTOBER + EPICS + NOVEMBER_DONE + IN_HAND + AHEAD + ISSUES
