"""Words that people choose as passwords before all others, gathered by hand from published top lists.

Shorter than the shortest password allowed on purpose: `passwords.py` also finds them behind digits, signs, digits
written for letters, and repetition (`Passw0rd2024!`, `dragondragon`).
"""

_WORDS = """
abracadabra access accessgranted admin adminadmin administration administrator adobe adobeadobe ahmed airforce ajax
alejandro alessandro alexander alexandra alexandria amanda amazon america american andrea andrew android angel
angelina angels anthony antonio anything apple apples april aquarius argentina army arsenal arsenalfc asdf asdfasdf
asdfghjkl ashley august australia autumn avengers azerty azertyuiop baby babyboy babydoll babygirl babylove bailey
banana bank banking barcelona bart baseball basketball batman bayern bayernmunchen beatles beckham benfica benjamin
bestfriend bestfriends beyonce birthday black blahblah blahblahblah blessed blessing blinkblink blue borussia boston
brandon brasil britney broncos brother bugsbunny bulldog bulldogs business buster butter butterfly california
callofduty camaro canada cancer candy capricorn captain captainamerica carlos caroline cash cashmoney celtic changeit
changeme changemenow changethis charizard charles charlie charlotte cheese chelsea chelseafc cherry chevrolet chevy
chicago chicken children chocolate christian christina christine christmas christopher cisco coffee college company
computer computers cookie cookies corvette counterstrike country cowboy cowboys cowgirl cricket cristiano crystal cubs
daddy dancer dancing daniel danielle darling darthvader database david december default demo demodemo deutschland
diablo diamond diamonds doctor dodgers doggie dollar dollars dolphin dolphins donald donaldduck dontforget dontknow
dragon dragonball dragons drummer dumbledore eagle eagles elephant elizabeth elvis elvispresley eminem engineer
england espana everton everything explorer facebook faith faithful falcon falcons familia family father fcbarcelona
february fernando ferrari florida flower flowers football footballer ford forever foreverlove forgetit forgot fortnite
france francesco freedom friday friend friends friendship fuckyou galaxy gamer gaming gandalf garfield gemini george
germany giants ginger giuseppe gladiator godisgood godislove gold golden golf golfer goodbye goodluck goodmorning
google grandma green greenday guest guestguest guitar hacked hacker hackers hallelujah halloween halo hannah happiness
happy happybirthday happynewyear harley harleydavidson harrypotter heaven hello hellohello hellokitty helloworld
hithere hockey hogwarts hollywood homer honda honey honeybear honeybee hunter idontknow ilovegod ilovejesus iloveme
iloveyou iloveyoubaby iloveyouforever iloveyousomuch india indonesia instagram intermilan internet iphone ironman
isabella italia jaguar january jedi jennifer jessica jesus jesuschrist jesusislord jesuslovesme jonathan jordan joseph
joshua july june justin justinbieber juventus katherine killer kingking kingkong kitten kitty lakers lamborghini
lawyer letmein letmeinnow letmeinplease letsgo liberty libra lightning linkedin linkinpark linux lion lionelmessi
lions liverpool liverpoolfc login loginlogin london looney lordoftherings losangeles loveandpeace lovelove lovely
loveme lover lovers loveyou macintosh madonna madrid maggie malaysia mama mamapapa manager manchester manchesterunited
maradona march marine marines mario master masterkey matrix matthew maverick may melissa mercedes merlin
merrychristmas messi metallica mexico michael michaeljordan michele michelle mickey mickeymouse microsoft milan
military millionaire minecraft minnie mohammed momdad mommy monday money moneymoney monkey monkeys mother mozart
muhammad mumdad music musica mustang mybank mylove mymoney mypassword mysecret myspace naruto nascar navy netflix
network nevermind newyear newyork nicholas nicole nigeria ninja nintendo nirvana nobody nothing november nurse october
office onedirection onepiece opensesame oracle orange packers pakistan panther panthers papa paris pass passcode
passpass passphrase password passwordpassword passwords passwort patrick patrickstar patriots peace peaches peanut
peanutbutter penguin pepper personal philippines phoenix photoshop piano pikachu pincode pirate pirates pisces pizza
platinum playboy playstation please pokemon police popcorn porsche potter prince princesa princess private puppy
purple qazwsx qazwsxedc queen qwerty qwertyqwerty qwertyuiop qwertz raiders rainbow ranger rangers realmadrid rebecca
redneck redsox remember rememberme rich richard robert roberto roblox rocknroll rockstar ronaldo root rootroot router
rugby running sagittarius samantha samsung samurai sasuke saturday schalke school scooby scoobydoo scorpio scorpion
sebastian secret secrets secure security september server sesame shadow silver simpsons sister skywalker slipknot
smile smiley snapchat sniper snoopy soccer softball soldier somebody something sonic southpark spartan spider
spiderman sponge spongebob sporting spotify spring starcraft startrek starwars steelers stephanie steve steven
strawberry student sugar summer summertime sunday sunflower sunset sunshine superman supermario supersecret superuser
sweetheart sweetie sweetpea swimming sysadmin system taurus teacher tennis test tester testing testtest testuser texas
thankyou thebeatles thepassword thomas thunder thursday tiger tigers tigger tiktok together toor topsecret tottenham
toyota truelove trustno trustnobody trustnoone tuesday tupac turtle tweety twitter ubuntu unicorn university usa user
username veronica victoria viking vikings virgo voldemort volleyball warcraft warrior warriors wednesday welcome
welcomeback welcomehome welcometo whatever whatsapp white william windows winter wizard wolf wolverine wolves
wonderwoman worldofwarcraft xbox yamaha yankees yellow yoda youtube zelda zxcvbnm
"""

COMMON = frozenset(_WORDS.split())
