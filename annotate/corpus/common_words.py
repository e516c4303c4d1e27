"""Words that say nothing of what an article tells: function words, and the verbs of reporting.

A large collection shows by itself which words are common; one of five articles does not.
"""

from __future__ import annotations

COMMON = """
في من إلى عن على مع أن إن كان كانت كانوا يكون تكون ليس ليست قد لقد لا لم لن ما ماذا هل بل ثم أو أم أما إما إلا إذا إذ لو لولا لكن ولكن لأن
بأن كأن فإن هذا هذه هذان ذلك تلك هؤلاء الذي التي الذين اللذين اللتين هو هي هم هما أنا نحن أنت هنا هناك حيث حين حينما عندما بينما فيما كما
مما بما لما عما ممن كل كلا بعض أي أية غير سوى جميع عدة عدد أكثر أقل نحو زهاء حوالي قرابة أحد إحدى آخر أخرى آخرون أول أولى ثاني ثانية ثالث
عام عاما سنة سنوات أعوام شهر أشهر يوم أيام ساعة ساعات أسبوع أسابيع مساء صباح ليلة أمس اليوم غدا الآن بعد قبل عند عندها لدى منذ خلال أثناء
حتى بين ضد حول دون تحت فوق أمام خلف وراء عبر ضمن لأجل بسبب رغم وفق وفقا بحسب حسب طبقا مثل أيضا فقط جدا كذلك كما هكذا ربما أنه أنها أنهم
إنه إنها إنهم منه منها منهم فيه فيها فيهم عليه عليها عليهم إليه إليها إليهم به بها بهم له لها لهم لنا لي معه معها معهم عنه عنها عنهم بينهم
بينها بينه ذات ذاته ذاتها نفسه نفسها قال قالت قالوا يقول تقول قوله قولها أضاف أضافت أكد أكدت أعلن أعلنت أعلنه أوضح أوضحت أشار أشارت ذكر
ذكرت أفاد أفادت صرح صرحت نقل نقلت نقلا اعتبر اعتبرت رأى رأت مضيفا مضيفة مؤكدا مؤكدة مشيرا مشيرة موضحا موضحة إشارة تصريح تصريحات بيان وكالة
أنباء وكالات صحيفة قناة مراسل مصدر مصادر لافتا تابع تابعت يذكر تم يتم تمت جرى اثنين اثنان ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع
ثمانية ثماني تسعة تسع عشرة عشر مئة مئات ألف آلاف مليون ملايين مليار مليارات عشرات the of and to in a an is was were be been being are am
has have had having will would could should may might must can cannot not no nor but or if than then that this these those which who whom
whose what when where while with without within from for by on at as into onto over under after before between among about against during
since until till through its it he she his her him they them their we our us you your i my me both each all any some many much more most
less least other others another only just still even yet very too also up down out off so such do does did done there here how why because
though although however again already almost once one two three four five six seven eight nine ten first second third last next later
earlier new old year years month months week weeks day days hour hours minute minutes today yesterday tomorrow morning evening night
hundred hundreds thousand thousands million millions billion billions dozen dozens said says say saying told tell tells adding added
according called call calls asked announced statement reporter reporters reporting editing agency like own same own well now never ever
every went go goes going made make makes make take takes took taken get got come came put per via upon around across along
"""
