'use strict';

// Asks the consumer after a conversation: joins the survey dialog of its app install, puts its
// questions with quick replies, insists on a click, and says goodbye.
//
// Environment, besides that of every bot: LP_SURVEY_APP, the id of the survey's app install.

const { start, tell, ask } = require('./bot');

const SURVEY = { type: 'Survey', id: 'survey-sdk-1', revision: 3, provider: 'AC' };
const QUESTIONS = [
    {
        id: 'q-satisfied',
        text: 'How content are you with us?',
        answers: [['a-satisfied-1', 'Not at all'], ['a-satisfied-3', 'So so'], ['a-satisfied-5', 'Very']],
    },
    {
        id: 'q-settled',
        text: 'Is your matter settled now?',
        answers: [['a-settled-yes', 'Yes, it is'], ['a-settled-no', 'No, it is not']],
    },
];

const agent = start();
/// By the id of the survey dialog: its conversation, the open question, what was clicked.
const surveys = new Map();

agent.on('connected', () => {
    ask(agent, 'subscribeExConversations', { stage: ['OPEN'] }, () => tell('subscribed'));
});

agent.on('cqm.ExConversationChangeNotification', (body) => {
    for (const { type, result } of body.changes) {
        const { dialogs, participants } = result.conversationDetails;
        // One of another app install is another bot's.
        const own = dialogs.find((dialog) => dialog.dialogType === 'POST_SURVEY'
            && dialog.metaData.appInstallId === process.env.LP_SURVEY_APP);
        if (!own) continue;
        if (type === 'DELETE') {
            surveys.delete(own.dialogId);
            tell('over', { conversation: result.convId, by: own.closedBy, cause: own.closedCause });
        } else if (own.state === 'OPEN' && !surveys.has(own.dialogId)) {
            const consumer = participants.find((one) => one.role === 'CONSUMER').id;
            const survey = {
                conversationId: result.convId,
                dialogId: own.dialogId,
                question: 0,
                heard: new Set(),
            };
            surveys.set(own.dialogId, survey);
            tell('survey', { conversation: result.convId, dialog: own.dialogId });
            begin(survey, consumer);
        }
    }
});

function begin(survey, consumer) {
    const { conversationId, dialogId } = survey;
    ask(agent, 'getUserProfile', consumer, (sdes) => {
        tell('profile', { kinds: sdes.filter((sde) => sde.type).map((sde) => sde.type) });
    });
    ask(agent, 'subscribeMessagingEvents', { dialogId }, () => tell('queried'));
    const join = { field: 'ParticipantsChange', type: 'ADD', role: 'AGENT' };
    ask(agent, 'updateConversationField', { conversationId, dialogId, conversationField: [join] }, (answer) => {
        tell('joined', { answer });
        const mark = { field: 'DialogChange', type: 'UPDATE', dialog: { dialogId } };
        ask(agent, 'updateConversationField', { conversationId, conversationField: [mark] }, () => {
            tell('annotated');
            say(survey, { message: 'A word about our talk, please' }, null, () => put(survey));
        }, [SURVEY]);
    });
}

/** Says something in the survey; quick replies stand beside its text. */
function say({ conversationId, dialogId }, content, metadata, then) {
    const event = { type: 'ContentEvent', contentType: 'text/plain', ...content };
    ask(agent, 'publishEvent', { conversationId, dialogId, event }, then, metadata);
}

function put(survey) {
    const question = QUESTIONS[survey.question];
    if (!question) {
        end(survey);
        return;
    }
    const common = { surveyId: SURVEY.id, groupId: question.id, provider: SURVEY.provider };
    const replies = question.answers.map(([id, title]) => ({
        type: 'button',
        title,
        tooltip: title,
        click: {
            metadata: [{ type: 'Answer', questionId: question.id, id, ...common }],
            actions: [{ type: 'publishText', text: title }],
        },
    }));
    const quickReplies = { type: 'quickReplies', itemsPerRow: 3, replies };
    const ids = question.answers.map(([id]) => id);
    const metadata = [{ type: 'Question', id: question.id, replies: ids, ...common }];
    say(survey, { message: question.text, quickReplies }, metadata, ({ sequence }) => {
        tell('asked', { question: question.id, sequence });
    });
}

agent.on('ms.MessagingEventNotification', (body) => {
    const survey = surveys.get(body.dialogId);
    if (!survey) return;
    for (const change of body.changes) hear(survey, change);
});

function hear(survey, { event, sequence, metadata, originatorMetadata }) {
    if (originatorMetadata.role !== 'CONSUMER') return;
    const question = QUESTIONS[survey.question];
    const first = Array.isArray(metadata) ? metadata[0] : undefined;
    const answer = first && first.type === 'Answer' && first.questionId === (question || {}).id
        ? first.id : undefined;
    if (event.type === 'AcceptStatusEvent' && event.status === 'ACTION') {
        tell('clicked', { answer, of: event.sequenceList });
        survey.clicked = answer;
    }
    if (event.type !== 'ContentEvent' || survey.heard.has(sequence) || !question) return;
    survey.heard.add(sequence);
    if (answer && survey.clicked === answer) {
        tell('answered', { question: question.id, answer, message: event.message });
        survey.clicked = undefined;
        survey.question += 1;
        put(survey);
        return;
    }
    tell('no answer', { question: question.id, message: event.message });
    const { conversationId, dialogId } = survey;
    const enrich = { type: 'AcceptStatusEvent', status: 'ENRICH', sequenceList: [sequence] };
    const invalid = {
        type: 'InvalidAnswer',
        questionId: question.id,
        surveyId: SURVEY.id,
        provider: SURVEY.provider,
    };
    ask(agent, 'publishEvent', { conversationId, dialogId, event: enrich }, () => {
        tell('enriched', { sequence });
        say(survey, { message: 'Please click on one of the answers' }, null, () => put(survey));
    }, [invalid]);
}

function end(survey) {
    const { conversationId, dialogId } = survey;
    say(survey, { message: 'Many thanks, and goodbye from the bot' }, null, () => {
        const dialog = { dialogId, state: 'CLOSE', closedBy: 'AGENT', closedCause: 'Completed' };
        const close = { field: 'DialogChange', type: 'UPDATE', dialog };
        ask(agent, 'updateConversationField', { conversationId, conversationField: [close] }, (answer) => {
            tell('closed survey', { answer });
        });
    });
}
