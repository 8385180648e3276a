# Слова страницы. Имена людей приходят уже отделёнными от направления текста вокруг. Между числом и единицей —
# неразрывный пробел (U+00A0).

app = Чат
description = Групповой чат: представьтесь и пишите.
noscript = Для чата нужен JavaScript. Включите его и обновите страницу.
page-missing = Такой страницы нет
page-missing-hint = Возможно, в адресе опечатка.
day-today = Сегодня
day-yesterday = Вчера
tomorrow-at = завтра, { $clock }

## Шапка
online = В сети: { $count }
open-people = Показать, кто в сети ({ $count })
offline-now = Нет связи
share = Поделиться ссылкой
switch-language = Switch to English
theme-next = { $theme ->
    [light] Включить светлую тему
    [dark] Включить тёмную тему
   *[auto] Включить тему системы
}
settings = Настройки
load-failed = Не удалось загрузить. Проверьте связь

## Строка состояния
status-connecting = Подключение…
status-lost = Нет связи. Подключаемся…
status-lost-in = Нет связи. Подключимся через { $seconds } с
status-now = Подключиться сейчас
status-offline = Нет сети. Сообщения отправятся, когда она появится
status-back = Снова на связи
status-degraded = Сообщения сейчас не доставляются. Пробуем снова…
status-idle = Скоро чат остановится: давно никто не пишет
status-idle-in = Через { $seconds } с чат остановится: давно никто не пишет
status-stay = Не останавливать
status-stopped = Чат остановлен: никто не писал { $minutes ->
    [one] { $minutes } минуту
    [few] { $minutes } минуты
   *[many] { $minutes } минут
}
status-stopped-plain = Чат остановлен: давно никто не писал
status-connect = Подключиться
status-off = Чат выключен. Запустите его снова: страница подключится сама
status-check = Проверить
status-proxy = Сервер отвечает, но WebSocket до него не доходит. Обычно мешает прокси: он должен передавать заголовки Upgrade и Host
status-unavailable = Сервер пока не может открыть комнату. Пробуем снова…
status-unavailable-in = Сервер пока не может открыть комнату. Попробуем через { $seconds } с
status-renewed = Вышла новая версия чата
status-reload = Обновить страницу
status-fast = Вы пишете слишком часто
status-fast-in = Вы пишете слишком часто. Подождите { $seconds } с
status-busy = Сервер перегружен
status-busy-in = Сервер перегружен. Отправим через { $seconds } с
status-expired = Срок приглашения истёк

## Список
list-label = Сообщения
greeting = Вы подключились к чату!
empty = Начните разговор!
empty-alone = Здесь пока никого, кроме вас
empty-quiet = Здесь ещё ничего не писали
invite = Пригласить
new-messages = Новые сообщения
unread-above = { $n ->
    [one] Ещё { $count } непрочитанное выше
   *[other] Ещё { $count } непрочитанных выше
}
not-found = Сообщение не найдено
to-end = К последним сообщениям
to-new = { $n ->
    [one] { $count } новое
   *[other] { $count } новых
}
to-new-me = есть для вас
history-loading = Загружаем…
history-failed = Не удалось загрузить
history-start = Это начало чата
again = Повторить
gap = Часть сообщений не показана
gap-load = Показать
lost = Прежних сообщений больше нет
lost-cleared = Модератор очистил комнату
outside = бот
unfold = Показать полностью
fold = Свернуть
post-waiting = Ждёт отправки
post-uploading = Загружаем картинки…
post-failed = Не отправлено: сервер не принял сообщение
post-text_empty = Не отправлено: в сообщении нет видимых символов
post-text_too_long = Не отправлено: сообщение слишком длинное
post-text_invalid = Не отправлено: в сообщении есть недопустимые символы
post-pictures = Не отправлено: картинка не загрузилась
post-picture_invalid = Не отправлено: картинку нужно добавить ещё раз
post-retry = Повторить
post-correct = Исправить
edit-first = Сначала сохраните или отмените изменение сообщения
post-discard = Удалить
post-old = Неизвестно, дошло ли сообщение
post-edit = Изменение не сохранено
post-anew = Отправить новым сообщением
joined = В чат вошли: { $names }
left = Из чата вышли: { $names }
joined-one = { $names } теперь в чате
left-one = { $names } больше не в чате
renamed = { $was } теперь — { $names }
and-more = { $names } и ещё { $count }
typing = { $n ->
    [one] { $names } печатает…
   *[many] { $names } печатают…
}
typing-many = Несколько человек печатают…
announce = { $name }: { $text }
announce-many = { $n ->
    [one] { $count } новое сообщение
    [few] { $count } новых сообщения
   *[many] { $count } новых сообщений
}
announce-reply = { $name } отвечает на сообщение (автор: { $to }): { $text }
announce-reply-me = { $name } отвечает вам: { $text }
announce-edited = Сообщение изменено: { $text }
announce-deleted = Сообщение удалено. Автор: { $name }
announce-deleted-own = Ваше сообщение удалено
announce-deleted-moderated = Модератор удалил ваше сообщение
edited = изменено
saving = сохраняем…
deleted = Сообщение удалено
deleted-moderated = Сообщение удалено модератором
deleted-run = { $n ->
    [one] { $count } сообщение удалено модератором
    [few] { $count } сообщения удалены модератором
   *[many] { $count } сообщений удалено модератором
}
deleting = Удаляем сообщение…
quote-of = В ответ:
quote-go = Перейти к сообщению
quote-lost = Этого сообщения больше нет
reactions-label = Реакции: { $all }

pictures = { $n ->
    [1] Картинка
    [one] { $n } картинка
    [few] { $n } картинки
   *[many] { $n } картинок
}
picture-of = { $n ->
    [1] Картинка. Автор: { $name }
   *[other] Картинка { $at } из { $n }. Автор: { $name }
}
picture-gone = Картинки больше нет
picture-still = Движется. Откройте, чтобы посмотреть
picture-at = { $at } из { $n }
picture-back = Предыдущая картинка
picture-on = Следующая картинка
picture-zoom = Увеличить
picture-open = Открыть в новой вкладке
picture-save = Скачать

## Поле
field-label = Сообщение
field-placeholder = Сообщение
send = Отправить
over-limit = Сократите на { $n ->
    [one] { $count } знак
    [few] { $count } знака
   *[many] { $count } знаков
}
field-required = Заполните это поле
field-pattern = Только буквы, цифры, «-» и «_», до 64 знаков
no-files = Файлы отправить нельзя
left-to-limit = Осталось знаков: { $count }
mentions-label = Кого упомянуть
replying = Ответ: { $name }
editing = Изменение сообщения
compose-leave = Отменить
save = Сохранить

picture-add = Добавить картинку
picture-added = { $n ->
    [1] Картинка добавлена
    [one] Добавлена { $n } картинка
    [few] Добавлено { $n } картинки
   *[many] Добавлено { $n } картинок
}
picture-drop = Отпустите, чтобы добавить картинку
picture-uploading = Загружается
picture-remove = { $n ->
    [1] Убрать картинку
   *[other] Убрать картинку { $at } из { $n }
}
picture-first = Сначала уберите картинку, которая не загрузилась, или повторите загрузку
picture-many = В сообщении может быть не больше { $n ->
    [one] { $n } картинки
   *[other] { $n } картинок
}
picture-picture_none = Отправить можно только картинки, например JPEG, PNG, GIF, WebP
picture-picture_invalid = Эту картинку не удалось прочитать
picture-too_large = Картинка слишком большая
picture-no_space = На сервере нет места
picture-not_allowed = Сейчас картинки отправить нельзя
picture-lost = Добавьте эту картинку ещё раз
picture-failed = Не загрузилась

## Люди
people-title = В сети
people-title-count = В сети: { $count }
people-were = Были в сети
people-find = Поиск по именам
people-more = Показать ещё
people-none = Никого не нашлось
people-you = вы
people-failed = Список не загрузился
close = Закрыть

## Вход
join-title = Как вас зовут?
join-title-password = Нужен пароль
join-title-room = Комната не открывается
join-title-name = Выберите другое имя
join-room = Комната «{ $room }»
join-hint = Имя увидят все в чате. Регистрация не нужна.
join-name = Имя
join-password = Пароль чата
join-password-room = Пароль комнаты
join-enter = Войти
join-early = Проверим пароль через { $seconds } с…
join-early-said = Проверим пароль чуть позже
refused-name_taken = Имя «{ $name }» занято. Предлагаем другое.
refused-name_reserved = Имя «{ $name }» зарезервировано.
refused-name_invalid = Имя должно быть не длиннее { $limit } знаков и без невидимых символов.
refused-room_unknown = Такой комнаты здесь нет.
refused-room_invalid = Так комнату назвать нельзя: только буквы, цифры, «-» и «_», до 64 знаков.
refused-password_required = Вход по паролю. Спросите его у того, кто вас пригласил.
refused-link = Ссылка модератора недействительна. Войти можно по паролю комнаты.
refused-password_wrong = Неверный пароль.
refused-password_wrong-in = Неверный пароль. Повторите через { $seconds } с.
refused-token_invalid = Приглашение недействительно или устарело.
refused-removed = Если это ошибка, войдите снова.
refused-name_vouched = Имя задаёт сайт, через который вы вошли.
refused-muted = Пока вам запрещено писать, имя сменить нельзя.
refused-rate_limited = Слишком часто. Подождите немного и попробуйте ещё раз.
refused-no_answer = Нет ответа. Попробуйте ещё раз.
refused-other = Не получилось. Попробуйте ещё раз.
to-main-room = Перейти в главную комнату
come-back = Вернуться

## Настройки
set-name = Ваше имя
set-rename = Сменить
set-renamed = Теперь вас зовут { $name }
set-language = Язык
set-theme = Тема
set-theme-auto = Как в системе
set-theme-light = Светлая
set-theme-dark = Тёмная
set-text = Размер текста
set-text-small = Мелкий
set-text-normal = Обычный
set-text-large = Крупный
set-text-huge = Очень крупный
set-sound = Звук при новых сообщениях
set-desktop = Уведомления
set-desktop-insecure = Браузер показывает уведомления только на https и на localhost.
set-desktop-missing = Этот браузер не умеет показывать уведомления.
set-desktop-denied = Уведомления запрещены в настройках браузера.
set-presence = Кто вошёл и вышел
set-presence-show = Показывать
set-presence-condense = Сворачивать
set-presence-hide = Скрывать
set-renamed-later = Имя сменится, когда появится связь

## Ссылка на комнату
share-title = Ссылка на эту комнату
share-address = Адрес
share-copy = Скопировать
share-copied = Скопировано
share-failed = Не удалось скопировать. Адрес выделен: нажмите { $key }+C
share-pass = Поделиться…
share-local = Адрес { $host } открывается только на этом компьютере. Чтобы чат могли открыть другие, запустите его с { $option } и сообщите им адрес этого компьютера в сети.
share-other = Другая комната
share-other-hint = Введите название — комната откроется. Войти сможет каждый, кто знает адрес.
share-go = Перейти

## Клавиши
keys-title = Сочетания клавиш
keys-in-field = В поле ввода
keys-in-empty-field = В пустом поле
keys-on-message = На выбранном сообщении
keys-anywhere = Везде
keys-send = Отправить
keys-break = Новая строка
keys-edit-last = Изменить своё последнее сообщение
keys-up = К сообщениям
keys-move = Предыдущее, следующее
keys-ends = Первое, последнее
keys-enter = К ссылкам и кнопкам
keys-escape = Закрыть; в конец чата
keys-mention = Упомянуть человека
keys-help = Эта подсказка
keys-bold = Полужирный
keys-italic = Курсив
keys-menu = Открыть меню
keys-copy = Скопировать
keys-reply = Ответить
keys-react = Добавить реакцию
keys-edit = Изменить, удалить своё
keys-rooms = Перейти в другую комнату
keys-search = Искать в сообщениях

## Сообщение: что с ним можно сделать
message-actions = Действия с сообщением
action-reply = Ответить
action-react = Добавить реакцию
action-edit = Изменить
action-who = Кто отреагировал
action-delete = Удалить сообщение…
action-mute = Запретить писать…
action-let-in = Разрешить писать
action-let-back = Впустить снова
action-erase = Удалить сообщения за период…
action-remove = Удалить из комнаты…
action-mention = Упомянуть
action-open-picture = Открыть картинку
action-save-picture = Скачать
action-copy-text = Скопировать текст
action-copy-link = Скопировать ссылку
copy-code = Скопировать код
copied-text = Текст скопирован
copied-link = Ссылка скопирована
copied-code = Код скопирован
copy-failed = Не удалось скопировать
delete-title = Удалить сообщение?
delete-hint = Оно исчезнет у всех. Вернуть его будет нельзя.
delete-now = Удалить
delete-keep = Оставить
reactions-title = Реакции
people-count = { $n ->
    [one] { $count } человек
    [few] { $count } человека
   *[many] { $count } человек
}
change-not_yours = Это не ваше сообщение: изменить его нельзя
change-too_late = Изменить уже нельзя: прошло слишком много времени
change-muted = Не получилось: модератор запретил вам писать
change-read_only = Не получилось: сейчас пишут только модераторы
change-slow = Не получилось: включён медленный режим
change-gone = Этого сообщения больше нет
change-lost = Изменение не сохранено: сервер потерял историю, и сообщения больше нет
change-too_many = У сообщения уже { $n ->
    [one] { $limit } вид реакций
    [few] { $limit } вида реакций
   *[many] { $limit } видов реакций
}: новый добавить нельзя
change-bad_field = Так отреагировать нельзя
change-text_empty = Изменение не сохранено: в сообщении нет видимых символов
change-text_too_long = Изменение не сохранено: сообщение слишком длинное
change-text_invalid = Изменение не сохранено: в сообщении есть недопустимые символы
change-other = Не получилось: сервер не принял изменение

## Эмодзи
emoji-title = Эмодзи
emoji-find = Поиск эмодзи
emoji-none = Ничего не нашлось
emoji-failed = Эмодзи не загрузились
emoji-found = { $n ->
    [one] Найден { $count } эмодзи
   *[many] Найдено { $count } эмодзи
}
emoji-recent = Недавние
emoji-group-0 = Смайлики
emoji-group-1 = Люди и жесты
emoji-group-2 = Животные и природа
emoji-group-3 = Еда и напитки
emoji-group-4 = Путешествия и места
emoji-group-5 = Праздники и спорт
emoji-group-6 = Предметы
emoji-group-7 = Символы
emoji-group-8 = Флаги

## Комнаты
rooms-title = Комнаты
rooms-find = Найти или открыть комнату
room-main = Главная комната
room-here = вы здесь
room-open = Открыть комнату «{ $room }»
rooms-search = Найти «{ $text }» в сообщениях
room-unread = { $n ->
    [one] непрочитанное сообщение
    [few] непрочитанных сообщения
   *[many] непрочитанных сообщений
}

## Поиск
search-title = Поиск по сообщениям
search-placeholder = Слова из сообщения
search-results = Найденные сообщения
search-hint = Ищем в сообщениях этой комнаты, которые ещё хранятся. Форма слова не важна.
search-asking = Ищем…
search-found = Найдено: { $count }
search-many = Найдено больше { $count }, сначала новые
search-none = Ничего не нашлось. Попробуйте меньше слов или только начало слова
search-offline = Нет связи. Поиск заработает, когда она появится
search-busy = Сервер перегружен. Повторим поиск сами
search-rate_limited = Слишком много запросов подряд. Повторим поиск сами
search-unavailable = Сервер пока не может искать. Повторим поиск сами
search-no_answer = Нет ответа. Нажмите Enter, чтобы повторить
search-unknown_command = Этот сервер не умеет искать
search-failed = Не получилось. Попробуйте ещё раз

## Предложение уведомлений
offer-notices = Показывать уведомления о новых сообщениях, когда чат не на экране?
offer-yes = Показывать
offer-no = Не нужно
offer-done = Уведомления включены
offer-dismissed = Уведомления не включены. Включить их можно в настройках

## Правила комнаты: что сказано всем
moderator = модератор
rule-slow = { $on ->
    [true] Медленный режим: писать можно { $value }
   *[false] Медленный режим выключен
}
rule-read_only = { $on ->
    [true] Писать могут только модераторы
   *[false] Писать снова могут все
}
rule-locked = { $on ->
    [true] Комната закрыта для новых участников
   *[false] Комната снова открыта для всех
}
rule-password = { $on ->
    [true] Для входа нужен пароль комнаты
   *[false] Пароль для входа больше не нужен
}
rule-topic = { $on ->
    [true] Тема комнаты: { $value }
   *[false] У комнаты больше нет темы
}
topic-title = Тема комнаты
topic-rules = Правила комнаты
topic-change = Изменить

## Поле, когда писать нельзя
hold-over-muted = Вы снова можете писать
hold-over-slow = Можно писать
hold-muted = Модератор запретил вам писать
hold-muted-in = Модератор запретил вам писать. Осталось { $left }
hold-muted-until = Модератор запретил вам писать до { $when }
hold-read_only = Пишут только модераторы
hold-slow = Медленный режим: подождите
hold-slow-in = Подождите { $left }

## Вход закрыт
out-removed = Вас удалили из комнаты
out-title-barred = Вход в комнату закрыт
out-title-locked = Комната закрыта для новых участников
out-until = { $whom ->
    [true] Модератор закрыл вам вход до { $when }.
   *[false] Модератор закрыл вход вам или всем из вашей сети до { $when }.
}
out-left = Вы войдёте автоматически через { $left }.
out-left-long = Когда срок истечёт, вы войдёте автоматически.
out-for-good = { $whom ->
    [true] Модератор закрыл вам вход. Открыть его может только модератор.
   *[false] Модератор закрыл вход вам или всем из вашей сети. Открыть его может только модератор.
}
out-for-good-retry = Если вход откроют, вы войдёте автоматически.
out-locked = Модератор пока не пускает новых участников.
out-locked-retry = Вы войдёте автоматически, когда комнату откроют.
out-retry = Попробовать снова
out-still = Вход пока закрыт.

## Порядок: панель модератора
moderation = Порядок
moderation-link-refused = Ссылка модератора больше не действует
moderation-done = Готово
moderation-erasing = Удаляем сообщения…
moderation-off = Выключен
moderation-topic = Тема комнаты
moderation-topic-none = Темы нет
moderation-slow = Медленный режим
moderation-read_only = Пишут только модераторы
moderation-read_only-hint = Остальные могут только читать.
moderation-lock = Не пускать новых участников
moderation-lock-hint = Те, кто сейчас в комнате, останутся и смогут вернуться. Войти под новым именем из приватного окна не получится.
moderation-password = Пароль комнаты
moderation-password-none = Пароля нет
moderation-password-set = Пароль установлен
moderation-password-off = Убрать пароль
moderation-password-hint = Его спросят у всех, кто входит. Те, кто уже в комнате, останутся.
moderation-barred = Запреты и удаления
moderation-barred-none = Сейчас их нет
moderation-let-in = Снять
moderation-let-in-name = Снять запреты: { $name }
moderation-let-in-done = { $name }: запреты сняты
moderation-acts = Последние действия
moderation-acts-none = Действий пока не было
moderation-failed = Не удалось загрузить
moderation-clear = Очистить комнату…
clear-title = Очистить комнату?
clear-hint = Все сообщения исчезнут у всех. Вернуть их будет нельзя.
clear-now = Очистить
moderation-error-not_allowed = Не получилось: у вас нет на это прав
moderation-error-gone = Не получилось: этого человека или сообщения здесь больше нет
moderation-error-rate_limited = Слишком много действий подряд. Подождите немного
moderation-error-too_many = Запретов уже { $limit }, больше нельзя: сначала снимите один
moderation-error-no_answer = Нет ответа. Попробуйте ещё раз
moderation-error-other = Не получилось. Попробуйте ещё раз
barred-mute = писать запрещено до { $when }
barred-mute-good = писать запрещено навсегда
barred-remove = вход закрыт до { $when }
barred-remove-good = вход закрыт навсегда
act-mute = { $name }: запрет писать { $term }
act-remove = { $name }: удаление из комнаты { $term }
act-let_in = { $name }: запреты сняты
act-slow = { $on ->
    [true] Медленный режим: { $time }
   *[false] Медленный режим выключен
}
act-read_only = { $on ->
    [true] Пишут только модераторы
   *[false] Писать могут все
}
act-lock = { $on ->
    [true] Комната закрыта для новых участников
   *[false] Комната открыта для всех
}
act-password = { $on ->
    [true] Пароль комнаты установлен
   *[false] Пароль комнаты убран
}
act-topic = { $on ->
    [true] Тема изменена
   *[false] Тема убрана
}
act-clear = Комната очищена
act-delete = Сообщение удалено. Автор: { $name }
act-erase = { $all ->
    [true] Удалены все сообщения. Автор: { $name }
   *[false] Удалены сообщения { $term }. Автор: { $name }
}
act-erase-part = Удалено сообщений: { $count } (автор: { $name }). Остались более старые: повторите удаление

## Запретить писать, удалить из комнаты
person-actions = Действия: { $name }
person-actions-title = Действия
barring-mute = Запретить писать
barring-remove = Удалить из комнаты
barring-erase = Удалить сообщения за период
barring-term = На какой срок
barring-span = За какое время
barring-mute-hint = Человек сможет читать чат и удалять свои сообщения.
barring-erase-hint = Сообщения исчезнут у всех. Вернуть их будет нельзя.
barring-erase-too = Удалить также сообщения за последний час
barring-private = Иначе человек сможет вернуться под новым именем из приватного окна.
barring-lock = Не пускать новых участников
barring-back = Назад
barring-good-title-mute = Запретить писать навсегда?
barring-good-hint-mute = Писать снова можно будет, только если модератор снимет запрет.
barring-good-now-mute = Запретить
barring-good-title-remove = Удалить из комнаты навсегда?
barring-good-hint-remove = Войти снова можно будет, только если модератор снимет запрет.
barring-good-now-remove = Удалить
barring-good-title-erase = Удалить все сообщения?
barring-good-hint-erase = Исчезнут все сообщения этого автора в комнате, но за один раз — не больше { $limit } последних. Вернуть их будет нельзя.
barring-good-now-erase = Удалить
every-60 = раз в минуту
every-3600 = раз в час
every-other = раз в { $time }
term-600 = на 10 минут
term-3600 = на 1 час
term-86400 = на 24 часа
term-0 = навсегда
term-other = на { $time }
span-3600 = за последний час
span-86400 = за последние сутки
span-0 = все
span-other = за { $time }
